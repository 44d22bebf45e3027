//! Names of people whose families have been in Britain and Ireland for long.

use crate::names::{Community, Customs, Tail};

pub(crate) const ALL: &[&Community] = &[&ENGLISH, &SCOTTISH, &WELSH, &IRISH];

/// No custom that would make a name harder to compare.
const PLAIN: Customs = Customs {
    wife_takes_name: 0.82,
    son_as_father: 0.03,
    swapped: 0.004,
    new_year: 0.002,
    misspelt: 1.0,
    singh_and_kaur: 0.0,
    declined: false,
};

#[rustfmt::skip] // Lists of names, as a person reads them.
const MEN: &[&str] = &[
    "Harold", "Ernest", "Albert", "Stanley", "Frederick", "Arthur", "Leonard", "Ronald", "Kenneth", "Derek", "Norman",
    "Dennis", "Raymond", "Roy", "Gordon", "Peter", "Brian", "Alan", "Terence", "Malcolm", "John", "David", "Michael",
    "Keith", "Roger", "Barry", "Trevor", "Graham", "Robert", "Stephen", "Paul", "Philip", "Anthony", "Christopher",
    "Kevin", "Ian", "Nigel", "Mark", "Andrew", "Simon", "Gary", "Neil", "Martin", "Richard", "Jonathan", "Timothy",
    "Nicholas", "William", "James", "Thomas", "Matthew", "Daniel", "Benjamin", "Samuel", "Edward", "Alexander", "Lee",
    "Craig", "Stuart", "Adam", "Luke", "Ryan", "Joseph", "Joshua", "Liam", "Nathan", "Kieran", "Connor", "Jake",
    "Callum", "Lewis", "Jack", "Harry", "Charlie", "George", "Oliver", "Alfie", "Jacob", "Ethan", "Dylan", "Oscar",
    "Leo", "Freddie", "Archie", "Theo", "Noah", "Finley", "Arlo", "Luca", "Rory",
];

#[rustfmt::skip] // Lists of names, as a person reads them.
const WOMEN: &[&str] = &[
    "Doris", "Edith", "Gladys", "Winifred", "Elsie", "Hilda", "Vera", "Ivy", "Joan", "Joyce", "Dorothy", "Marjorie",
    "Muriel", "Eileen", "Audrey", "Beryl", "Sheila", "Jean", "Barbara", "Shirley", "Maureen", "Brenda", "Margaret",
    "Patricia", "Mary", "Pauline", "Ann", "Janet", "Christine", "Susan", "Jennifer", "Carol", "Linda", "Gillian",
    "Sandra", "Elizabeth", "Helen", "Julie", "Karen", "Jacqueline", "Deborah", "Alison", "Tracey", "Sharon", "Nicola",
    "Sarah", "Joanne", "Michelle", "Amanda", "Lisa", "Claire", "Samantha", "Emma", "Catherine", "Rachel", "Rebecca",
    "Victoria", "Laura", "Gemma", "Kelly", "Hannah", "Zoë", "Charlotte", "Jessica", "Lauren", "Amy", "Sophie",
    "Danielle", "Chloe", "Bethany", "Megan", "Georgia", "Eleanor", "Katherine", "Olivia", "Emily", "Grace", "Lucy",
    "Ella", "Amelia", "Lily", "Isabella", "Mia", "Poppy", "Evie", "Freya", "Florence", "Willow", "Isla", "Ava",
];

#[rustfmt::skip] // Lists of names, as a person reads them.
const ENGLISH: Community = Community {
    label: "english",
    share: 620.0,
    men: MEN,
    women: WOMEN,
    surnames: &[
        "Smith", "Jones", "Taylor", "Brown", "Johnson", "Walker", "Wright", "Robinson", "Thompson", "White", "Green",
        "Hall", "Wood", "Harris", "Clarke", "Turner", "Hill", "Cooper", "Ward", "Moore", "Morris", "King", "Watson",
        "Baker", "Harrison", "Allen", "Mitchell", "Carter", "Parker", "Bennett", "Cook", "Shaw", "Richardson", "Bailey",
        "Marshall", "Ellis", "Collins", "Foster", "Chapman", "Mason", "Webb", "Rogers", "Hunt", "Mills", "Holmes",
        "Palmer", "Matthews", "Fisher", "Barnes", "Knight", "Lloyd", "Butler", "Barker", "Saunders", "Harvey", "Dixon",
        "Fletcher", "Jenkins", "Pearson", "Lawrence", "Newman", "Andrews", "Payne", "Bird", "Poole", "Hudson", "Gibbs",
        "Clark", "Stevens", "Stephens", "Phillips", "Philips", "Reed", "Read", "Reid", "Cole", "Day", "Fox", "Rose",
        "Stone", "Hawkins", "Dean", "Gregory", "Nicholson", "Austin", "Osborne", "Brooks", "Brookes", "Sharp", "Sharpe",
    ],
    tail: Tail {
        given: [
            &["Al", "Bel", "Car", "Dar", "El", "Fen", "Gar", "Hal", "Jar", "Kel", "Lor", "Mar", "Ner", "Or", "Per", "Ros"],
            &["", "", "a", "e", "i", "la", "ri", "ne", "mi", "vi", "de", "so"],
        ],
        men_end: &["den", "ton", "ric", "win", "son", "ley", "vin", "ron", "mund", "bert", "man", "x"],
        women_end: &["la", "na", "lyn", "leigh", "bel", "ssa", "tte", "ra", "wen", "rose", "th", "nda"],
        surname: [
            &[
                "Ash", "Apple", "Back", "Barl", "Bark", "Beck", "Birk", "Black", "Bold", "Brad", "Bram", "Bran", "Brock",
                "Brom", "Buck", "Burn", "Cald", "Carl", "Chad", "Char", "Clay", "Clif", "Cold", "Cot", "Cran", "Crom",
                "Crow", "Dal", "Dar", "Den", "Dray", "Dun", "East", "Ed", "Elm", "Ever", "Fair", "Farn", "Fen", "Gold",
                "Grim", "Had", "Hal", "Ham", "Hard", "Hart", "Hather", "Haw", "Hazel", "High", "Hol", "Hor", "Hux",
                "Ing", "Kem", "Kirk", "Lang", "Lin", "Long", "Lud", "Mar", "May", "Mid", "Nor", "Oak", "Old", "Ox",
                "Pem", "Pick", "Rad", "Raven", "Red", "Ridge", "Row", "Rush", "Sand", "Sel", "Shel", "Sher", "Skel",
                "Stan", "Stock", "Sut", "Thorn", "Til", "Under", "Wad", "Wake", "Wal", "War", "West", "Whit", "Win",
            ],
            &[
                "bank", "borne", "bourne", "bridge", "brook", "bury", "by", "combe", "cote", "cott", "croft", "dale",
                "den", "don", "er", "field", "ford", "gate", "grave", "ham", "hill", "hurst", "ing", "land", "ley",
                "low", "man", "mer", "mere", "more", "nell", "over", "ridge", "shaw", "side", "son", "stead", "ston",
                "stone", "thorpe", "ton", "wall", "ward", "way", "well", "wick", "win", "with", "wood", "worth",
            ],
        ],
    },
    tails: [0.08, 0.62],
    surnames_in_tail: 6000,
    slope: 0.75,
    customs: PLAIN,
};

#[rustfmt::skip] // Lists of names, as a person reads them.
const SCOTTISH: Community = Community {
    label: "scottish",
    share: 85.0,
    men: &[
        "Hamish", "Angus", "Duncan", "Archibald", "Hector", "Donald", "Alasdair", "Iain", "Gordon", "Kenneth", "Robert",
        "James", "John", "William", "Alexander", "Bruce", "Stuart", "Gregor", "Ross", "Craig", "Scott", "Cameron",
        "Callum", "Euan", "Lewis", "Finlay", "Rory", "Fraser", "Logan", "Brodie",
    ],
    women: &[
        "Morag", "Jessie", "Agnes", "Isobel", "Euphemia", "Senga", "Margaret", "Catriona", "Shona", "Elspeth", "Fiona",
        "Moira", "Sheena", "Eilidh", "Kirsty", "Mhairi", "Lorna", "Ailsa", "Catherine", "Heather", "Iona", "Skye",
        "Isla", "Ava", "Orla", "Mirren",
    ],
    surnames: &[
        "Campbell", "Stewart", "Robertson", "Thomson", "Anderson", "Scott", "Murray", "MacDonald", "McDonald", "Reid",
        "Ross", "Young", "Paterson", "Watson", "Morrison", "Fraser", "Davidson", "Gray", "Henderson", "Hamilton",
        "Graham", "Kerr", "Simpson", "Martin", "Ferguson", "Cameron", "Duncan", "Grant", "McKenzie", "MacKenzie",
        "MacLeod", "McLeod", "Wallace", "Burns", "Sutherland", "Gordon", "Sinclair", "Munro", "Kennedy", "Gillespie",
    ],
    tail: Tail {
        given: [&["Al", "Br", "Cal", "Don", "Fer", "Gil", "Mal", "Mor", "Nev", "Tor"], &["a", "e", "i", "o", "u"]],
        men_end: &["n", "sdair", "chie", "gus", "rick", "lum", "nan"],
        women_end: &["na", "ag", "lie", "rin", "dh", "sla", "ssa"],
        surname: [
            &["Mac", "Mc", "Kil", "Inver", "Auch", "Bal", "Car", "Drum", "Dal", "Gil", "Loch", "Pit", "Strath"],
            &[
                "allister", "arthur", "aulay", "bain", "callum", "cormack", "dougall", "ewan", "fadyen", "farlane",
                "gillivray", "gowan", "gregor", "innes", "intosh", "intyre", "kay", "kinnon", "lachlan", "lean",
                "lellan", "millan", "nab", "naughton", "neill", "niven", "phail", "pherson", "quarrie", "rae", "taggart",
                "vicar", "whirter", "bride", "patrick", "donich", "mory", "rymple", "muir", "more", "christ",
            ],
        ],
    },
    tails: [0.05, 0.45],
    surnames_in_tail: 1500,
    slope: 0.75,
    customs: Customs { son_as_father: 0.05, misspelt: 1.1, ..PLAIN },
};

#[rustfmt::skip] // Lists of names, as a person reads them.
const WELSH: Community = Community {
    label: "welsh",
    share: 50.0,
    men: &[
        "Idris", "Emrys", "Ivor", "Gwilym", "Dilwyn", "Elwyn", "Glyn", "Gareth", "Huw", "Hywel", "Alun", "Dafydd",
        "Geraint", "Rhodri", "Rhys", "Ieuan", "Evan", "Owain", "Gethin", "Iestyn", "Tomos", "Macsen", "Osian", "Iolo",
    ],
    women: &[
        "Blodwen", "Gwladys", "Myfanwy", "Olwen", "Eirwen", "Gwyneth", "Mair", "Menna", "Bronwen", "Delyth", "Siân",
        "Nerys", "Rhian", "Bethan", "Angharad", "Carys", "Ffion", "Cerys", "Lowri", "Catrin", "Seren", "Mali", "Nia",
    ],
    surnames: &[
        "Jones", "Williams", "Davies", "Evans", "Thomas", "Roberts", "Lewis", "Hughes", "Morgan", "Griffiths",
        "Edwards", "Owen", "James", "Rees", "Price", "Morris", "Richards", "Lloyd", "Phillips", "Parry", "Jenkins",
        "Harries", "Howells", "Powell", "Pritchard", "Bevan", "Bowen", "Vaughan", "Humphreys", "Gwynne",
    ],
    tail: Tail {
        given: [&["Ar", "Bry", "Car", "Dyl", "Ei", "Gwen", "Llin", "Mer", "Non", "Tal"], &["", "a", "e", "w", "y"]],
        men_end: &["wyn", "ion", "fryn", "ydd", "nan", "dir"],
        women_end: &["wen", "nor", "lys", "fair", "ys", "nedd"],
        surname: [
            &["Pen", "Tre", "Llan", "Cad", "Gwal", "Mor", "Bryn", "Ap", "Mered", "Cyn", "Gwil", "Hyw"],
            &["der", "gar", "haiarn", "wallader", "ith", "dwr", "ddach", "ydd", "ric", "wen", "arth", "ell"],
        ],
    },
    tails: [0.05, 0.12],
    surnames_in_tail: 300,
    // A few surnames cover most of the country.
    slope: 1.0,
    customs: PLAIN,
};

#[rustfmt::skip] // Lists of names, as a person reads them.
const IRISH: Community = Community {
    label: "irish",
    share: 50.0,
    men: &[
        "Patrick", "Cornelius", "Bartholomew", "Michael", "John", "Thomas", "Brendan", "Declan", "Gerard", "Eamon",
        "Seamus", "Dermot", "Liam", "Sean", "Niall", "Padraig", "Fergal", "Brian", "Cormac", "Ciaran", "Conor", "Aidan",
        "Eoin", "Oisin", "Darragh", "Fionn", "Cillian", "Tadhg",
    ],
    women: &[
        "Bridget", "Nora", "Mary", "Kathleen", "Philomena", "Bernadette", "Attracta", "Maureen", "Breda", "Deirdre",
        "Majella", "Geraldine", "Siobhan", "Sinead", "Grainne", "Aoife", "Niamh", "Orla", "Roisin", "Ciara", "Saoirse",
        "Caoimhe", "Fiadh", "Clodagh",
    ],
    surnames: &[
        "Murphy", "Kelly", "O'Sullivan", "Walsh", "O'Brien", "Byrne", "Ryan", "O'Connor", "O'Neill", "O'Reilly", "Doyle",
        "McCarthy", "Gallagher", "Doherty", "Kennedy", "Lynch", "Murray", "Quinn", "McLoughlin", "Carroll", "Connolly",
        "Daly", "O'Connell", "Wilson", "Dunne", "Brennan", "Burke", "Collins", "Clarke", "Johnston", "Hughes", "Farrell",
        "Fitzgerald", "Nolan", "Moore", "Flynn", "Maguire", "Kavanagh", "Keane", "Sweeney",
    ],
    tail: Tail {
        given: [&["Bre", "Cae", "Dar", "Ei", "Fia", "Lao", "Mu", "Rua", "Sor", "Tie"], &["", "c", "d", "l", "n", "r"]],
        men_end: &["an", "gal", "ghan", "rnan", "mac", "chra"],
        women_end: &["cha", "la", "nagh", "ne", "dh", "veen"],
        surname: [
            &["O'", "Mc", "Fitz", "Kil", "Mul", "Gil", "Cor", "Don", "Fin", "Heff", "Lan", "Mag", "Ra", "Tier", "Cos"],
            &[
                "hern", "gan", "rigan", "nelly", "nagh", "erty", "ran", "ligan", "ernan", "garty", "loney", "lane",
                "shane", "gerald", "maurice", "kelly", "bride", "heeney", "groarke", "vey", "ney", "tello", "grath",
            ],
        ],
    },
    tails: [0.04, 0.4],
    surnames_in_tail: 800,
    slope: 0.75,
    customs: Customs { son_as_father: 0.06, misspelt: 1.3, ..PLAIN },
};
