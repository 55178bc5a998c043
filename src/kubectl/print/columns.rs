//! `-o custom-columns=…`. Upstream: `kubectl/pkg/cmd/get/customcolumn.go`.

use super::go;
use super::jsonpath::{JsonPath, relaxed};
use super::tab::{TABLE, aligned};
use serde_json::Value;

/// Columns, each with its title and where its values are.
#[derive(Debug)]
pub struct Columns {
    columns: Vec<(String, JsonPath)>,
    /// `--no-headers`.
    pub no_headers: bool,
}

impl Columns {
    /// `NAME:.metadata.name,…`.
    ///
    /// # Errors
    /// It has no such form.
    pub fn parse(spec: &str) -> Result<Self, String> {
        if spec.is_empty() {
            return Err("custom-columns format specified but no custom columns given".into());
        }
        let mut pairs = Vec::new();
        for part in spec.split(',') {
            let pair = part.split_once(':').ok_or_else(|| {
                format!("unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>")
            })?;
            pairs.push(pair);
        }
        Columns::of(&pairs)
    }

    /// A line of titles, and one of places.
    ///
    /// # Errors
    /// It has no such form.
    pub fn parse_template(text: &str) -> Result<Self, String> {
        let mut lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let missing = |what: &str| {
            format!(
                "invalid template, missing {what} line. Expected format is one line of space separated headers, one line of space separated column specs."
            )
        };
        let titles = lines.next().ok_or_else(|| missing("header"))?;
        let places = lines.next().ok_or_else(|| missing("spec"))?;
        if titles.len() != places.len() {
            return Err(format!(
                "number of headers ({}) and field specifications ({}) don't match",
                titles.len(),
                places.len()
            ));
        }
        Columns::of(&titles.into_iter().zip(places).collect::<Vec<_>>())
    }

    fn of(pairs: &[(&str, &str)]) -> Result<Self, String> {
        let mut columns = Vec::new();
        // Paths are relaxed at once, but read only when something is printed.
        let paths: Result<Vec<String>, String> = pairs.iter().map(|(_, path)| relaxed(path)).collect();
        for ((title, _), path) in pairs.iter().zip(paths?) {
            columns.push(((*title).to_owned(), JsonPath::parse(&path)?));
        }
        Ok(Columns { columns, no_headers: false })
    }

    /// The titles and a line for each object. What was printed before an error comes with it.
    ///
    /// # Errors
    /// A value cannot have what is asked for.
    pub fn print(&self, objects: &[&Value]) -> (String, Result<(), String>) {
        let mut lines = String::new();
        if !self.no_headers {
            let titles: Vec<&str> = self.columns.iter().map(|(title, _)| title.as_str()).collect();
            lines += &(titles.join("\t") + "\n");
        }
        let mut outcome = Ok(());
        for object in objects {
            match self.row(object) {
                Ok(cells) => lines += &(cells.join("\t") + "\n"),
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            }
        }
        (aligned(&lines, TABLE), outcome)
    }

    fn row(&self, object: &Value) -> Result<Vec<String>, String> {
        let cell = |path: &JsonPath| -> Result<String, String> {
            let found = path.find(object)?;
            let mut texts = Vec::new();
            if found.first().is_none_or(Vec::is_empty) {
                texts.push("<none>".to_owned());
            }
            texts.extend(found.iter().flatten().map(|value| go::plain(value)));
            Ok(texts.join(","))
        };
        self.columns.iter().map(|(_, path)| cell(path)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn columns_hold_what_is_found() {
        let data = json!({ "a": "x", "b": [1, 2], "c": { "k": "v" } });
        let columns = Columns::parse("A:.a,B:b[*],C:{.c},D:.d").expect("columns");
        let (text, outcome) = columns.print(&[&data]);
        assert_eq!(
            (text.as_str(), outcome),
            ("A     B     C          D\nx     1,2   map[k:v]   <none>\n", Ok(()))
        );
        assert!(Columns::parse("A").is_err());
        assert!(Columns::parse_template("A B\n.a\n").is_err());
    }
}
