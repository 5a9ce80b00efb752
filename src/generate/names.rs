//! What people are called.

/// First and last names of one language.
#[derive(Debug)]
pub struct Names {
    first: &'static [&'static str],
    last: &'static [&'static str],
    family_first: bool,
}

impl Names {
    /// Appends a full name; other draws, other names.
    pub fn push(&self, text: &mut String, draw: &mut super::draw::Draw) {
        let (first, last) = (draw.text(self.first), draw.text(self.last));
        let (front, back) = if self.family_first { (last, first) } else { (first, last) };
        text.push_str(front);
        text.push(' ');
        text.push_str(back);
    }
}

const fn names(first: &'static [&'static str], last: &'static [&'static str]) -> Names {
    Names { first, last, family_first: false }
}

pub static ENGLISH: Names = names(
    &[
        "James", "Olivia", "Noah", "Emma", "Liam", "Charlotte", "Benjamin", "Amelia", "Henry", "Sophia", "Zoë",
        "Siobhán", "Renée", "Michael", "Grace", "Ethan", "Hannah", "Jack", "Chloe", "Samuel",
    ],
    &[
        "Smith", "Johnson", "O'Brien", "Williams", "Brown", "Taylor", "Wilson-Clarke", "Davies", "Evans", "McDonald",
        "Nguyen", "Walker", "Wright", "Robinson", "Thompson", "White", "Hughes", "Edwards", "Green", "Baker",
    ],
);
pub static GERMAN: Names = names(
    &["Jürgen", "Lena", "Björn", "Käthe", "Felix", "Jörg", "Sören", "Anna", "Günther", "Mia", "Paul", "Ulrike"],
    &["Müller", "Schmidt", "Weiß", "Schäfer", "Köhler", "Krüger", "Groß", "Böhm", "Fischer", "von Bülow", "Jäger"],
);
pub static FRENCH: Names = names(
    &["Chloé", "Léa", "Hélène", "François", "Jérôme", "Anaïs", "Maël", "Théo", "Camille", "Noëlle", "Jean-Luc"],
    &["Lefèvre", "Dupré", "Martin", "Bérenger", "Garçon", "Noël", "Lemaître", "Dubois", "Moreau", "d'Arcy", "Girard"],
);
pub static SPANISH: Names = names(
    &["José", "María", "Lucía", "Íñigo", "Sofía", "Andrés", "Begoña", "Martín", "Ángel", "Ximena", "Raúl", "Inés"],
    &["García", "Muñoz", "Núñez", "Rodríguez", "Pérez López", "Ibáñez", "Gómez", "Vázquez", "Zúñiga", "Ruiz", "Peña"],
);
pub static ITALIAN: Names = names(
    &["Niccolò", "Giulia", "Matteo", "Chiara", "Gesù Maria", "Francesca", "Lorenzo", "Beatrice", "Davide", "Noè"],
    &["Rossi", "Russo", "D'Angelo", "Esposito", "Forlì", "Ricci", "De Luca", "Bianchi", "Zanè", "Conti"],
);
pub static PORTUGUESE: Names = names(
    &["João", "Conceição", "Antônio", "Luíza", "Cauã", "Inês", "Mateus", "Vitória", "Tomás", "Beatriz", "Caio"],
    &["da Silva", "Gonçalves", "Araújo", "Magalhães", "Simões", "Souza", "Corrêa", "Brandão", "Nóbrega", "Lima"],
);
pub static INDIAN: Names = names(
    &["Aarav", "Diya", "Vihaan", "Ananya", "Arjun", "Priya", "Rohan", "Kavya", "Ishaan", "Meera", "Sanjay", "Lakshmi"],
    &["Sharma", "Patel", "Singh", "Iyer", "Reddy", "Gupta", "Nair", "Mukherjee", "Khan", "Deshpande", "Kaur", "Rao"],
);
pub static JAPANESE: Names = Names {
    first: &["花子", "太郎", "陽菜", "翔太", "美咲", "健", "さくら", "大輔", "結衣", "直樹"],
    last: &["佐藤", "鈴木", "高橋", "田中", "渡辺", "伊藤", "山本", "中村", "小林", "加藤"],
    family_first: true,
};
pub static PHILIPPINE: Names = names(
    &["Maria", "Jose", "Angelica", "Mark", "Princess", "John Paul", "Althea", "Niño", "Jasmine", "Rodel"],
    &["Santos", "Reyes", "Cruz", "Bautista", "Ocampo", "Dela Cruz", "Mendoza", "Peñaflor", "Aquino", "Villanueva"],
);
pub static NIGERIAN: Names = names(
    &["Chinedu", "Adébáyọ̀", "Ngozi", "Amina", "Emeka", "Fọlákẹ́", "Ibrahim", "Zainab", "Tunde", "Chiamaka"],
    &["Okafor", "Adeyemi", "Bello", "Ọláníyan", "Eze", "Musa", "Nwosu", "Balogun", "Ibrahim", "Okonkwo"],
);
pub static SOUTH_AFRICAN: Names = names(
    &["Thabo", "Lerato", "Pieter", "Nomvula", "Zanele", "Johan", "Sipho", "Anél", "Mandla", "Chanté"],
    &["Nkosi", "van der Merwe", "Dlamini", "Botha", "Naidoo", "Mokoena", "du Plessis", "Khumalo", "Jacobs", "Zulu"],
);
pub static TURKISH: Names = names(
    &["Çağla", "Işıl", "Gökhan", "Şule", "Ömer", "Ayşe", "İbrahim", "Müge", "Oğuz", "Zeynep"],
    &["Yılmaz", "Şahin", "Öztürk", "Çelik", "Doğan", "Güneş", "Aydın", "Kılıç", "İnce", "Demir"],
);
pub static SINGAPOREAN: Names = names(
    &["Wei Ling", "Jun Jie", "Siti", "Kumar", "Hui Min", "Aisyah", "Zhi Hao", "Mei"],
    &["Tan", "Lim", "Lee", "bin Rahman", "Ng", "Goh", "Pillai", "Chua"],
);
pub static DUTCH: Names = names(
    &["Daan", "Sanne", "Thijs", "Femke", "Loïs", "Joost", "Noor", "Coen"],
    &["de Vries", "van den Berg", "Bakker", "Jansen", "Visser", "de Boer", "Vermeulen", "Özdemir"],
);
pub static POLISH: Names = names(
    &["Małgorzata", "Łukasz", "Zofia", "Paweł", "Agnieszka", "Stanisław", "Żaneta", "Michał"],
    &["Wiśniewski", "Kowalczyk", "Wójcik", "Dąbrowska", "Zieliński", "Szymańska", "Woźniak", "Gołąb"],
);
pub static SWEDISH: Names = names(
    &["Åsa", "Björn", "Märta", "Göran", "Linnéa", "Håkan", "Ebba", "Sören"],
    &["Åkesson", "Sjöberg", "Lindström", "Öberg", "Hägglund", "Nyström", "Bergman", "Löfgren"],
);
