//! The few forms of SQL that Splink's own comparisons and rules are written in.

/// Longest condition.
const LIMIT: usize = 2000;

/// A rule in our words, and its columns; nothing when it does not map.
pub(super) fn rule(sql: &str) -> Option<(String, Vec<String>)> {
    let sql = plain(sql)?;
    let mut terms = Vec::new();
    let mut columns = Vec::new();
    for condition in split(&sql, " and ") {
        let (left, right) = condition.split_once('=')?;
        let (left, right) = (operand(left.trim())?, operand(right.trim())?);
        if left.column != right.column || left.prefix != right.prefix || left.is_left == right.is_left {
            return None;
        }
        terms.push(match left.prefix {
            Some(length) => format!("prefix({}, {length})", left.column),
            None => left.column.clone(),
        });
        columns.push(left.column);
    }
    Some((terms.join(", "), columns))
}

/// A level in our words, and its columns; nothing when it does not map.
pub(super) fn level(sql: &str) -> Option<(String, Vec<String>)> {
    let sql = plain(sql)?;
    let mut columns = Vec::new();
    let mut alternatives = Vec::new();
    for alternative in split(&sql, " or ") {
        let mut conditions = Vec::new();
        for one in split(alternative, " and ") {
            conditions.push(condition(one.trim(), &mut columns)?);
        }
        alternatives.push(conditions.join(" and "));
    }
    Some((alternatives.join(" or "), columns))
}

fn condition(sql: &str, columns: &mut Vec<String>) -> Option<String> {
    let mut named = |left: &Operand, right: &Operand| {
        for column in [&left.column, &right.column] {
            if !columns.contains(column) {
                columns.push(column.clone());
            }
        }
        if left.column == right.column { left.column.clone() } else { format!("{}, {}", left.column, right.column) }
    };
    for (sign, is_similarity) in [(">=", true), ("<=", false)] {
        let Some((call, bound)) = sql.split_once(sign) else { continue };
        let (function, arguments) = call.trim().strip_suffix(')')?.split_once('(')?;
        let (left, right) = arguments.split_once(',')?;
        let (left, right) = (operand(left.trim())?, operand(right.trim())?);
        let measure = match function.trim() {
            "jaro_winkler_similarity" | "jaro_winkler" => "jaro_winkler",
            "jaro_similarity" | "jaro_sim" => "jaro",
            "levenshtein" => "levenshtein",
            "damerau_levenshtein" => "damerau",
            _ => return None,
        };
        let fits = measure.starts_with("jaro") == is_similarity && left.is_left && !right.is_left;
        let bound: f64 = bound.trim().parse().ok()?;
        return fits.then(|| format!("{measure}({}) {sign} {bound}", named(&left, &right)));
    }
    let (left, right) = sql.split_once('=')?;
    let (left, right) = (operand(left.trim())?, operand(right.trim())?);
    if !left.is_left || right.is_left || left.prefix != right.prefix {
        return None;
    }
    Some(match left.prefix {
        Some(length) => format!("prefix({}, {length})", named(&left, &right)),
        None => format!("exact({})", named(&left, &right)),
    })
}

/// A column of one side, or its first characters.
struct Operand {
    column: String,
    is_left: bool,
    prefix: Option<u8>,
}

fn operand(sql: &str) -> Option<Operand> {
    for function in ["substr(", "substring("] {
        if let Some(arguments) = sql.strip_prefix(function) {
            let mut parts = arguments.strip_suffix(')')?.split(',').map(str::trim);
            let (column, first, length) = (parts.next()?, parts.next()?, parts.next()?);
            let inner = operand(column)?;
            return (first == "1" && inner.prefix.is_none())
                .then(|| length.parse().ok().map(|length| Operand { prefix: Some(length), ..inner }))?;
        }
    }
    let (column, is_left) = if let Some(column) = sql.strip_prefix("l.") {
        (column, true)
    } else if let Some(column) = sql.strip_prefix("r.") {
        (column, false)
    } else if let Some(column) = sql.strip_suffix("_l") {
        (column, true)
    } else {
        (sql.strip_suffix("_r")?, false)
    };
    let fits = !column.is_empty() && column.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    fits.then(|| Operand { column: column.to_owned(), is_left, prefix: None })
}

/// Without quotes and outer brackets, key words in lower case, blanks single.
fn plain(sql: &str) -> Option<String> {
    if sql.len() > LIMIT {
        return None;
    }
    let words = sql.replace('"', "");
    let words = words.split_whitespace().map(|word| {
        let lower = word.to_ascii_lowercase();
        let is_key = ["and", "or"].contains(&lower.as_str())
            || ["substr(", "substring(", "jaro", "leven", "damerau"].iter().any(|key| lower.starts_with(key));
        if is_key { lower } else { word.to_owned() }
    });
    let text = words.collect::<Vec<_>>().join(" ");
    let inner = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
    Some(inner.filter(|inner| !inner.contains(['(', ')'])).unwrap_or(&text).to_owned())
}

/// The parts between key words that stand outside brackets.
fn split<'a>(sql: &'a str, word: &str) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0_i32);
    for (at, c) in sql.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth == 0 && at >= start && sql[at..].starts_with(word) => {
                parts.push(&sql[start..at]);
                start = at + word.len();
            }
            _ => {}
        }
    }
    parts.push(&sql[start..]);
    parts
}
