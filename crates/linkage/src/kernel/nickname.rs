//! Short forms of given names, as used in Britain and Ireland.
//!
//! One short form can stand for several names, and one name has several short forms.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Each line: the formal name, then its short forms.
const NAMES: &str = "\
abigail abbie abby gail
abdullah abdul
adam ad
adrian ade
agnes aggie nessie
alan al
alasdair ali al
albert al bert bertie
alexander alex al alec sandy xander lex sacha
alexandra alex lexi sandra sandy sasha
alfred al alf alfie fred
alice ali
alison ali
amanda mandy
amelia millie amy mel
andrew andy drew
angela angie ange
ann annie nan nancy
anne annie nan nancy
annabel bella anna
anthony tony ant
antonia toni
archibald archie
arthur art
barbara babs barb barbie
barnaby barney
beatrice bea trixie
benjamin ben benji benny
bernadette bernie
bernard bernie
bethany beth
bradley brad
brenda bren
bridget bridie biddy
cameron cam
caroline caz carrie lina caro
catherine cath cathy kate katie kitty kath cat
cecilia celia cissy
charles charlie chas chuck
charlotte charlie lottie
christian chris
christina chris chrissie tina
christine chris chrissie tina
christopher chris kit topher
clifford cliff
constance connie
cornelius con neil
cynthia cindy
daniel dan danny
danielle dani
david dave davey dai
deborah deb debbie debs
denise den
dennis den denny
derek del
desmond des
diana di
diane di
dominic dom
donald don donnie
dorothy dot dottie dolly
douglas doug dougie
edmund ed eddie ted
edward ed eddie ned ted teddy
edwin ed eddie
eileen ellie
eleanor ellie nell nora ella
elizabeth beth betty bess eliza liz lizzie libby lisa elsie betsy lilibet
ellen nell nellie ellie
emily em emmy millie
emma em
eric rick
ernest ernie
esther essie hettie
eugene gene
evelyn eve evie
felicity flick fliss
florence flo florrie flossie
frances fran francie fanny frankie
francesca fran cesca
francis frank frankie
frederick fred freddie
gabriel gabe
gabrielle gaby
gareth gaz
gary gaz
geoffrey geoff
george georgie
georgina georgie gina
gerald gerry jerry
geraldine gerry
gertrude gertie trudy
gillian gill jill
gloria glo
gordon gord
graham gray
gregory greg
gwendoline gwen wendy
harold harry hal
harriet hattie harry
helen nell ellie
henrietta hettie etta
henry harry hal hank
herbert bert herb bertie
hilary hil
howard howie
hubert bert
hugh hughie
ian iain
irene rene
isaac zac ike
isabel izzy bella belle
isabella izzy bella belle
jacob jake
jacqueline jackie jacqui
james jim jimmy jamie jem
jane janie jenny
janet jan
janice jan
jasmine jas
jason jay
jean jeannie
jeffrey jeff
jemima jem
jennifer jen jenny jenni
jeremy jerry jem
jessica jess jessie
joan joanie
joanna jo joey
joanne jo
jocelyn jos
jonathan jon jonny
john jack johnny jon
joseph joe joey
josephine jo josie
joshua josh
joyce joy
judith judy jude
julia jules
julian jules
julie jules
katherine kate katie kath kathy kitty kat
kathleen kath kathy kate
kenneth ken kenny
kevin kev
kimberley kim
lancelot lance
laura lori
laurence larry laurie
lawrence larry laurie
leonard len lenny leo
leslie les
lewis lew
lillian lil lily
linda lin lyn
louis lou
louise lou
lucinda lucy cindy
lynette lyn
madeleine maddie
malcolm mal
marcus mark
margaret maggie meg peggy madge greta marge margie rita daisy
maria mia ria
marian mari
marilyn lyn
marjorie marge margie
martha matty
martin marty
martina tina
mary molly polly may mae
matilda tilly mattie
matthew matt matty
maureen mo
maurice mo
maxwell max
maximilian max
megan meg
melanie mel
melissa mel lissa
michael mike mick mickey micky
michelle shell
mohammed mo mohamed muhammad mohammad
mildred millie
miranda mandy randa
miriam mim
muriel mu
natalie nat
natasha tasha nat
nathan nat nate
nathaniel nat nate nathan
neville nev
nicholas nick nicky
nicola nicky nic nikki
nigel nige
norman norm
oliver ollie
olivia liv livvy ollie
oscar oz
oswald oz ozzie
pamela pam
patricia pat patsy tricia trish
patrick pat paddy
paul paulie
paula polly
pauline paul polly
penelope penny
percival percy
peter pete
philip phil pip
philippa pip pippa
phyllis phyl
priscilla cilla
rachel rach rae
raymond ray
rebecca becky becca bex
reginald reg reggie
richard rich dick rick ricky dickie
robert rob bob bobby robbie bert
roberta bobbie
robin rob
roderick rod rory
rodney rod
roger rodge
roland roly
ronald ron ronnie
rosalind ros
rosamund ros
rose rosie
rosemary rosie rose
roseanne rosie
rupert ru
russell russ
samantha sam sammy
samuel sam sammy
sandra sandy
sarah sally sadie
sebastian seb
shirley shirl
sidney sid
simon si
sophia sophie
stanley stan
stella stell
stephanie steph steffi
stephen steve stevie
steven steve stevie
stewart stu stew
stuart stu
susan sue susie suzy
susannah sue susie anna
suzanne sue suzy
sylvia syl
terence terry tel
teresa terry tess tessa tracy
theodore ted theo teddy
theresa terry tess tessa
thomas tom tommy
timothy tim timmy
tobias toby
ursula ursie
valerie val
vanessa ness nessa
veronica ron ronnie vera
victor vic
victoria vicky vic tori
vincent vin vince vinny
violet vi
vivien viv
vivienne viv
walter wally walt
wilfred wilf fred
wilhelmina mina willa
william will bill billy liam willie
winifred win winnie freda
yvonne von
zachary zac zach zak
";

/// For each name, the formal names it can stand for, itself among them where it is one.
static FORMAL: LazyLock<HashMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
    let mut formal: HashMap<&str, Vec<&str>> = HashMap::new();
    for line in NAMES.lines() {
        let mut names = line.split(' ');
        let Some(first) = names.next() else { continue };
        formal.entry(first).or_default().push(first);
        for short in names {
            formal.entry(short).or_default().push(first);
        }
    }
    formal.values_mut().for_each(|names| names.sort_unstable());
    formal
});

/// The formal name that a name stands for, the first in the alphabet where there are several; else itself.
pub(crate) fn formal(name: &str) -> &str {
    match FORMAL.get(name) {
        Some(names) if names.contains(&name) => name,
        Some(names) => names.first().copied().unwrap_or(name),
        None => name,
    }
}

/// Whether two names can stand for the same formal name.
pub(crate) fn same(left: &str, right: &str) -> bool {
    if left == right {
        return true;
    }
    let names = |name: &str| FORMAL.get(name).map_or(&[][..], Vec::as_slice);
    names(left).iter().any(|name| names(right).contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_form_agrees_with_each_name_it_can_stand_for() {
        assert!(same("bill", "william") && same("liam", "will") && same("alex", "alexandra"));
        assert!(same("alex", "alexander") && same("mo", "maureen") && same("zzz", "zzz"));
        assert!(!same("william", "robert") && !same("alexander", "alexandra"));
        assert_eq!((formal("billy"), formal("anna"), formal("xyz")), ("william", "annabel", "xyz"));
    }
}
