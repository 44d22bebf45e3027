//! Names of people whose families came from elsewhere, in the spellings that clerks in Britain meet.

use crate::names::{Community, Customs, Tail};

pub(crate) const ALL: &[&Community] = &[&MUSLIM, &PUNJABI, &INDIAN, &POLISH, &WEST_AFRICAN, &CHINESE, &IBERIAN];

#[rustfmt::skip] // Lists of names, as a person reads them.
const MUSLIM: Community = Community {
    label: "muslim",
    share: 65.0,
    men: &[
        "Mohammed", "Muhammad", "Mohammad", "Abdul", "Ahmed", "Ali", "Hassan", "Hussain", "Ibrahim", "Imran", "Ismail",
        "Khalid", "Mahmood", "Mustafa", "Nadeem", "Nasir", "Omar", "Rashid", "Saeed", "Salman", "Shahid", "Tariq",
        "Usman", "Waqas", "Yasin", "Yusuf", "Zahid", "Zubair", "Bilal", "Hamza", "Haris", "Adam", "Ayaan", "Musa",
    ],
    women: &[
        "Fatima", "Khadija", "Ayesha", "Aisha", "Amina", "Zainab", "Maryam", "Nasreen", "Parveen", "Rukhsana", "Saima",
        "Samina", "Shabana", "Shazia", "Sobia", "Sumaira", "Tahira", "Uzma", "Yasmin", "Zara", "Bushra", "Farzana",
        "Halima", "Iqra", "Kiran", "Mehwish", "Noor", "Rabia", "Sana", "Hafsa", "Inaya", "Safa",
    ],
    surnames: &[
        "Khan", "Ahmed", "Hussain", "Ali", "Begum", "Bibi", "Akhtar", "Mahmood", "Iqbal", "Malik", "Miah", "Shah",
        "Mohammed", "Rahman", "Islam", "Uddin", "Chowdhury", "Choudhury", "Hassan", "Mirza", "Sheikh", "Shaikh",
        "Siddiqui", "Qureshi", "Butt", "Aslam", "Rehman", "Yousaf", "Zaman", "Kausar", "Bashir", "Saleem", "Haque",
    ],
    tail: Tail {
        given: [
            &["Ab", "Ad", "Af", "Ba", "Fa", "Ha", "Ja", "Ka", "Mu", "Na", "Ra", "Sa", "Sha", "Ta", "Wa", "Za"],
            &["d", "f", "h", "k", "l", "m", "n", "r", "s", "z"],
        ],
        men_end: &["eed", "ir", "an", "im", "ullah", "oor", "eel", "aq"],
        women_end: &["een", "ina", "ia", "ana", "eela", "iya", "uma", "ah"],
        surname: [
            &["Ab", "Ans", "Az", "Bukh", "Dar", "Far", "Ghaz", "Ham", "Jaf", "Kaz", "Lat", "Man", "Naq", "Raz", "Zaf"],
            &["ari", "eem", "asi", "ooq", "ullah", "vi", "zoor", "if", "eer", "ani", "rani", "mati", "oor", "iz"],
        ],
    },
    tails: [0.15, 0.12],
    surnames_in_tail: 300,
    slope: 0.9,
    customs: Customs {
        wife_takes_name: 0.35,
        son_as_father: 0.01,
        swapped: 0.02,
        new_year: 0.04,
        misspelt: 1.8,
        singh_and_kaur: 0.0,
        declined: false,
    },
};

#[rustfmt::skip] // Lists of names, as a person reads them.
const PUNJABI: Community = Community {
    label: "punjabi",
    share: 25.0,
    men: &[
        "Harbhajan", "Gurdial", "Balbir", "Kulwant", "Sukhdev", "Jaswinder", "Balwinder", "Gurpreet", "Harpreet",
        "Manjit", "Paramjit", "Ranjit", "Sukhwinder", "Surjit", "Amarjit", "Jagdeep", "Kuldip", "Mandeep", "Navdeep",
        "Rajinder", "Sandeep", "Amrit", "Arjan", "Jaspal", "Karan",
    ],
    women: &[
        "Gurdev", "Surinder", "Manjit", "Balbir", "Kulwinder", "Jaswinder", "Harjit", "Paramjit", "Rajwinder",
        "Sukhwinder", "Amandeep", "Gurpreet", "Harpreet", "Jasmeet", "Kirandeep", "Mandeep", "Manpreet", "Navneet",
        "Parminder", "Ramandeep", "Simran", "Jasleen", "Ravneet",
    ],
    surnames: &[
        "Gill", "Sandhu", "Dhillon", "Sidhu", "Grewal", "Dhaliwal", "Bains", "Johal", "Uppal", "Virdi", "Sahota", "Atwal",
        "Basra", "Bhogal", "Chahal", "Deol", "Hayer", "Kang", "Mann", "Randhawa", "Sohal", "Toor",
    ],
    tail: Tail {
        given: [&["Bal", "Dal", "Gur", "Har", "Jag", "Jas", "Kul", "Man", "Nir", "Par", "Ran", "Sat", "Suk"], &[""]],
        men_end: &["inder", "jit", "deep", "preet", "vir", "want", "raj", "bir", "meet"],
        women_end: &["inder", "jit", "deep", "preet", "leen", "want", "jot", "neet", "meet"],
        surname: [
            &["Bas", "Cha", "Dha", "Gha", "Jas", "Khe", "Mah", "Pan", "Rai", "Sah", "Tak", "Var"],
            &["ra", "hal", "nota", "wal", "gar", "har", "nu", "ich", "na", "kha"],
        ],
    },
    tails: [0.2, 0.25],
    surnames_in_tail: 100,
    slope: 0.7,
    customs: Customs {
        wife_takes_name: 0.5,
        son_as_father: 0.0,
        swapped: 0.02,
        new_year: 0.01,
        misspelt: 1.6,
        singh_and_kaur: 0.6,
        declined: false,
    },
};

#[rustfmt::skip] // Lists of names, as a person reads them.
const INDIAN: Community = Community {
    label: "indian",
    share: 25.0,
    men: &[
        "Ramesh", "Suresh", "Kantilal", "Mohan", "Dinesh", "Bharat", "Ashok", "Rajesh", "Sanjay", "Vijay", "Anil", "Nilesh",
        "Hitesh", "Jayesh", "Kiran", "Prakash", "Rahul", "Amit", "Ravi", "Sunil", "Nikhil", "Rohan", "Arjun", "Aarav",
    ],
    women: &[
        "Kamla", "Pushpa", "Shanta", "Savita", "Nirmala", "Hansa", "Jayshree", "Meena", "Bhavna", "Daksha", "Geeta",
        "Heena", "Kalpana", "Nisha", "Priya", "Rekha", "Sonal", "Sunita", "Anjali", "Deepa", "Pooja", "Anaya", "Diya",
    ],
    surnames: &[
        "Patel", "Shah", "Sharma", "Mistry", "Desai", "Mehta", "Joshi", "Gupta", "Kumar", "Rao", "Reddy", "Nair", "Iyer",
        "Chauhan", "Parmar", "Solanki", "Thakkar", "Lad", "Bhatt", "Trivedi", "Pandya", "Amin", "Modi", "Varma",
    ],
    tail: Tail {
        given: [
            &["Ar", "Bha", "Chi", "De", "Ga", "Hi", "Ja", "Ka", "La", "Ma", "Na", "Pra", "Ra", "Sa", "Vi"],
            &["", "gan", "la", "mi", "n", "ri", "sh", "t", "vi"],
        ],
        men_end: &["esh", "an", "it", "av", "endra", "raj", "al"],
        women_end: &["ika", "ini", "a", "ben", "ita", "isha", "ali"],
        surname: [
            &["Aga", "Bala", "Chan", "Deva", "Gopa", "Jaya", "Krish", "Lak", "Maha", "Nara", "Pad", "Rama", "Subra", "Venka"],
            &["rwal", "nathan", "dran", "kar", "lan", "moorthy", "nan", "shmi", "jan", "yan", "raju", "tesh", "pathy"],
        ],
    },
    tails: [0.2, 0.3],
    surnames_in_tail: 180,
    slope: 0.9,
    customs: Customs {
        wife_takes_name: 0.8,
        son_as_father: 0.0,
        swapped: 0.025,
        new_year: 0.008,
        misspelt: 1.6,
        singh_and_kaur: 0.0,
        declined: false,
    },
};

#[rustfmt::skip] // Lists of names, as a person reads them.
const POLISH: Community = Community {
    label: "polish",
    share: 30.0,
    men: &[
        "Stanisław", "Jan", "Józef", "Kazimierz", "Andrzej", "Krzysztof", "Piotr", "Paweł", "Tomasz", "Marcin", "Marek",
        "Grzegorz", "Adam", "Rafał", "Dariusz", "Mariusz", "Michał", "Łukasz", "Jakub", "Kamil", "Mateusz", "Filip",
        "Szymon", "Antoni",
    ],
    women: &[
        "Helena", "Jadwiga", "Zofia", "Barbara", "Krystyna", "Ewa", "Elżbieta", "Małgorzata", "Agnieszka", "Anna",
        "Katarzyna", "Joanna", "Monika", "Magdalena", "Beata", "Dorota", "Iwona", "Justyna", "Karolina", "Natalia",
        "Zuzanna", "Maja", "Oliwia",
    ],
    surnames: &[
        "Nowak", "Kowalski", "Wiśniewski", "Wójcik", "Kowalczyk", "Kamiński", "Lewandowski", "Zieliński", "Szymański",
        "Woźniak", "Dąbrowski", "Kozłowski", "Jankowski", "Mazur", "Kwiatkowski", "Krawczyk", "Kaczmarek", "Piotrowski",
        "Grabowski", "Pawłowski", "Michalski", "Król", "Wieczorek", "Jabłoński",
    ],
    tail: Tail {
        given: [&["Bog", "Bron", "Dob", "Jar", "Lud", "Mil", "Rad", "Sław", "Wit", "Zbig"], &["i", "o", "e", "u"]],
        men_end: &["mir", "sław", "niew", "wit", "ld"],
        women_end: &["mira", "sława", "na", "wita", "lda"],
        surname: [
            &["Bar", "Bog", "Cho", "Dom", "Gór", "Jas", "Kal", "Lis", "Mal", "Ostr", "Pie", "Rad", "Saw", "Tom", "Wit", "Zal"],
            &["ański", "owski", "icki", "czak", "czyk", "ewski", "iński", "ka", "ecki", "asz", "ik", "owicz"],
        ],
    },
    tails: [0.06, 0.5],
    surnames_in_tail: 190,
    slope: 0.6,
    customs: Customs {
        wife_takes_name: 0.85,
        son_as_father: 0.01,
        swapped: 0.01,
        new_year: 0.002,
        misspelt: 1.9,
        singh_and_kaur: 0.0,
        declined: true,
    },
};

#[rustfmt::skip] // Lists of names, as a person reads them.
const WEST_AFRICAN: Community = Community {
    label: "west african",
    share: 25.0,
    men: &[
        "Emmanuel", "Samuel", "Kwame", "Kofi", "Kwabena", "Yaw", "Kojo", "Chinedu", "Emeka", "Ikechukwu", "Obinna",
        "Olumide", "Oluwaseun", "Babatunde", "Ayodele", "Tunde", "Femi", "Segun", "David", "Daniel", "Tobi", "Chidi",
    ],
    women: &[
        "Abena", "Akosua", "Ama", "Efua", "Adwoa", "Esi", "Ngozi", "Chioma", "Adaeze", "Ifeoma", "Folake", "Funmilayo",
        "Bukola", "Yetunde", "Titilayo", "Grace", "Blessing", "Comfort", "Patience", "Mercy", "Precious", "Temitope",
    ],
    surnames: &[
        "Mensah", "Owusu", "Boateng", "Asante", "Osei", "Appiah", "Agyemang", "Okafor", "Okonkwo", "Eze", "Nwosu", "Obi",
        "Adeyemi", "Ogunleye", "Adebayo", "Olawale", "Balogun", "Afolabi", "Adewale", "Williams", "Johnson", "Bello",
    ],
    tail: Tail {
        given: [
            &["Abi", "Ade", "Chi", "Ebe", "Ife", "Kele", "Nna", "Nke", "Olu", "Omo", "Oye", "Uche", "Tai", "Zi"],
            &["", "ka", "la", "ma", "mi", "na", "ra", "wa"],
        ],
        men_end: &["di", "kwu", "tunde", "wale", "bi", "ze", "segun", "chukwu"],
        women_end: &["ma", "yemi", "nke", "tola", "ra", "ola", "dun", "soma"],
        surname: [
            &["Abio", "Ade", "Agye", "Ako", "Ani", "Bam", "Ekwe", "Fa", "Ige", "Nwa", "Odu", "Ogun", "Oko", "Olo", "Oye"],
            &["la", "yinka", "mang", "to", "gbola", "gboye", "eme", "shola", "chukwu", "nkwo", "bi", "wole", "ro", "dele"],
        ],
    },
    tails: [0.35, 0.45],
    surnames_in_tail: 200,
    slope: 0.6,
    customs: Customs {
        wife_takes_name: 0.6,
        son_as_father: 0.02,
        swapped: 0.04,
        new_year: 0.015,
        misspelt: 2.0,
        singh_and_kaur: 0.0,
        declined: false,
    },
};

#[rustfmt::skip] // Lists of names, as a person reads them.
const CHINESE: Community = Community {
    label: "chinese",
    share: 12.0,
    men: &[
        "Wei", "Jun", "Ming", "Kwok", "Wing", "Chi", "Ka Ho", "Chi Wai", "Siu Ming", "Kin", "Hao", "Yi", "Lei", "Tao",
        "Jian", "Zhi", "Kai", "Andy", "Jason", "Kevin",
    ],
    women: &[
        "Mei", "Ling", "Fang", "Li", "Yan", "Xiu", "Mei Ling", "Siu Ling", "Wai", "Ying", "Jing", "Na", "Min", "Hui",
        "Xin", "Yu", "Amy", "Grace", "Winnie",
    ],
    surnames: &[
        "Wong", "Chan", "Li", "Lee", "Chen", "Wang", "Zhang", "Liu", "Cheung", "Lam", "Ng", "Ho", "Yang", "Huang", "Lau",
        "Leung", "Tang", "Wu", "Xu", "Zhao", "Lin", "Yip", "Chow", "Kwan",
    ],
    tail: Tail {
        given: [
            &["Bo", "Chun", "Da", "Feng", "Guo", "Hong", "Jia", "Ka", "Lok", "Man", "Pui", "Sze", "Tsz", "Wai", "Xiao", "Yuk"],
            &[" "],
        ],
        men_end: &["Hang", "Fai", "Keung", "Lung", "Ming", "Shing", "Tao", "Wah", "Yin"],
        women_end: &["Fong", "Han", "Kei", "Lai", "Ling", "Man", "Shan", "Wan", "Yee"],
        surname: [
            &["B", "Ch", "D", "F", "G", "H", "J", "K", "L", "M", "P", "Q", "Sh", "S", "T", "X", "Y", "Zh"],
            &["ai", "an", "ang", "ao", "en", "eng", "ia", "iang", "ong", "ou", "u", "uan", "ui"],
        ],
    },
    tails: [0.5, 0.2],
    surnames_in_tail: 150,
    slope: 0.8,
    customs: Customs {
        wife_takes_name: 0.1,
        son_as_father: 0.0,
        swapped: 0.08,
        new_year: 0.003,
        misspelt: 1.3,
        singh_and_kaur: 0.0,
        declined: false,
    },
};

#[rustfmt::skip] // Lists of names, as a person reads them.
const IBERIAN: Community = Community {
    label: "iberian",
    share: 13.0,
    men: &[
        "José", "Manuel", "Antonio", "António", "Carlos", "Luís", "João", "Pedro", "Paulo", "Miguel", "Francisco", "Rui",
        "Jorge", "Nuno", "Tiago", "Diogo", "André", "Mateo", "Hugo",
    ],
    women: &[
        "Maria", "María", "Ana", "Carmen", "Isabel", "Fátima", "Conceição", "Teresa", "Cristina", "Sofia", "Marta", "Inês",
        "Catarina", "Lucía", "Beatriz", "Mónica", "Joana", "Carolina",
    ],
    surnames: &[
        "Silva", "Santos", "Ferreira", "Pereira", "Oliveira", "Costa", "Rodrigues", "Rodriguez", "Fernandes", "Fernandez",
        "Gonçalves", "Gonzalez", "Garcia", "García", "Lopez", "Lopes", "Martins", "Martinez", "Sousa", "Gomes", "Gomez",
        "da Costa", "dos Santos", "de Sousa",
    ],
    tail: Tail {
        given: [&["Ad", "Bel", "Cas", "Dor", "Ev", "Gra", "Hor", "Leo", "Nat", "Val"], &["e", "i", "o", "a"]],
        men_end: &["rio", "ndo", "no", "lio", "mo", "tão"],
        women_end: &["ria", "nda", "na", "lia", "ma", "cia"],
        surname: [
            &["Al", "Bar", "Cab", "Cas", "Esp", "Fig", "Mor", "Nog", "Pin", "Que", "Rib", "Tav", "Val", "Vil"],
            &["meida", "bosa", "ral", "tro", "inosa", "ueira", "eira", "heiro", "iroz", "ares", "ente", "ela"],
        ],
    },
    tails: [0.05, 0.35],
    surnames_in_tail: 160,
    slope: 0.7,
    customs: Customs {
        wife_takes_name: 0.3,
        son_as_father: 0.03,
        swapped: 0.03,
        new_year: 0.002,
        misspelt: 1.5,
        singh_and_kaur: 0.0,
        declined: false,
    },
};
