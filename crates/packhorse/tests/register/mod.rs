//! One small register of vehicles in every form that can be published, each of which can change, lose a column, go
//! away and come back.
//!
//! It must never know gateways.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tokio::runtime::{Builder, Runtime};

use crate::cluster::Cluster;

/// The columns: mark, make, keeper, and one that no agreement gives.
const COLUMNS: [&str; 4] = ["vrm", "make", "keeper", "marker"];

/// A register in one of the forms.
pub(crate) trait Register {
    /// A word for it, which is its service's code too.
    fn kind(&self) -> &'static str;
    /// What `table add` is given.
    fn address(&self) -> String;
    /// Further words for `table add`.
    fn options(&self) -> Vec<&'static str> {
        vec!["--key", "vrm"]
    }
    /// Whether the gateway answers from a copy.
    fn is_copied(&self) -> bool;
    /// The make of AA19AAA changes.
    fn set_make(&mut self, make: &str);
    /// The column `marker` is gone, or in an HTTP answer of another shape.
    fn lose_marker(&mut self);
    /// Nothing is there any more.
    fn go_away(&mut self);
    /// As it was in the beginning.
    fn restore(&mut self);
}

fn rows(make: &str) -> [[String; 4]; 2] {
    let row = |cells: [&str; 4]| cells.map(str::to_owned);
    [row(["AA19AAA", make, "Ada Example", "none"]), row(["TE57VRN", "KIA", "Bob Example", "flag"])]
}

/// Takes the place of the file whole, as who publishes a file should.
fn replace(file: &Path, write: impl FnOnce(&Path)) {
    let new = file.with_extension("new");
    write(&new);
    fs::rename(new, file).unwrap();
}

/// A CSV file.
pub(crate) struct CsvFile(PathBuf);

impl CsvFile {
    pub(crate) fn make(folder: &Path) -> Self {
        let mut made = Self(folder.join("register.csv"));
        made.restore();
        made
    }

    fn write(&self, columns: usize, make: &str) {
        let line = |cells: &[String]| cells[..columns].join(",") + "\n";
        let text: String = [COLUMNS.map(str::to_owned)].iter().chain(&rows(make)).map(|cells| line(cells)).collect();
        replace(&self.0, |new| fs::write(new, text).unwrap());
    }
}

impl Register for CsvFile {
    fn kind(&self) -> &'static str {
        "csv"
    }
    fn address(&self) -> String {
        self.0.display().to_string()
    }
    fn is_copied(&self) -> bool {
        true
    }
    fn set_make(&mut self, make: &str) {
        self.write(4, make);
    }
    fn lose_marker(&mut self) {
        self.write(3, "WRONG");
    }
    fn go_away(&mut self) {
        fs::remove_file(&self.0).unwrap();
    }
    fn restore(&mut self) {
        self.write(4, "FORD");
    }
}

/// A Parquet file.
pub(crate) struct ParquetFile(PathBuf);

impl ParquetFile {
    pub(crate) fn make(folder: &Path) -> Self {
        let mut made = Self(folder.join("register.parquet"));
        made.restore();
        made
    }

    fn write(&self, columns: usize, make: &str) {
        let fields: String = COLUMNS[..columns].iter().map(|name| format!("required binary {name} (UTF8); ")).collect();
        let schema = Arc::new(parse_message_type(&format!("message register {{ {fields} }}")).unwrap());
        replace(&self.0, |new| {
            let mut file = SerializedFileWriter::new(File::create(new).unwrap(), schema, Arc::default()).unwrap();
            let mut group = file.next_row_group().unwrap();
            for column in 0..columns {
                let cells = rows(make).map(|row| ByteArray::from(row[column].as_str()));
                let mut writer = group.next_column().unwrap().unwrap();
                writer.typed::<ByteArrayType>().write_batch(&cells, None, None).unwrap();
                writer.close().unwrap();
            }
            group.close().unwrap();
            file.close().unwrap();
        });
    }
}

impl Register for ParquetFile {
    fn kind(&self) -> &'static str {
        "parquet"
    }
    fn address(&self) -> String {
        self.0.display().to_string()
    }
    fn is_copied(&self) -> bool {
        true
    }
    fn set_make(&mut self, make: &str) {
        self.write(4, make);
    }
    fn lose_marker(&mut self) {
        self.write(3, "WRONG");
    }
    fn go_away(&mut self) {
        fs::remove_file(&self.0).unwrap();
    }
    fn restore(&mut self) {
        self.write(4, "FORD");
    }
}

const CREATE: &str = "CREATE TABLE register (vrm TEXT PRIMARY KEY, make TEXT, keeper TEXT, marker TEXT)";

fn insert() -> Vec<String> {
    rows("FORD")
        .map(|[vrm, make, keeper, marker]| {
            format!("INSERT INTO register VALUES ('{vrm}', '{make}', '{keeper}', '{marker}')")
        })
        .into()
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// A table of an SQLite file, asked live.
pub(crate) struct SqliteFile {
    path: PathBuf,
    runtime: Runtime,
}

impl SqliteFile {
    pub(crate) fn make(folder: &Path) -> Self {
        let mut made = Self { path: folder.join("register.sqlite"), runtime: runtime() };
        made.restore();
        made
    }

    fn run(&self, statement: &str) {
        let options = SqliteConnectOptions::new().filename(&self.path).create_if_missing(true);
        self.runtime.block_on(async {
            let mut connection = options.connect().await.unwrap();
            sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        });
    }
}

impl Register for SqliteFile {
    fn kind(&self) -> &'static str {
        "sqlite"
    }
    fn address(&self) -> String {
        self.path.display().to_string()
    }
    fn options(&self) -> Vec<&'static str> {
        vec!["--key", "vrm", "--table", "register"]
    }
    fn is_copied(&self) -> bool {
        false
    }
    fn set_make(&mut self, make: &str) {
        self.run(&format!("UPDATE register SET make = '{make}' WHERE vrm = 'AA19AAA'"));
    }
    fn lose_marker(&mut self) {
        self.run("ALTER TABLE register DROP COLUMN marker");
    }
    fn go_away(&mut self) {
        fs::rename(&self.path, self.path.with_extension("away")).unwrap();
    }
    fn restore(&mut self) {
        let away = self.path.with_extension("away");
        if away.exists() {
            fs::rename(away, &self.path).unwrap();
        }
        self.run("DROP TABLE IF EXISTS register");
        self.run(CREATE);
        insert().iter().for_each(|statement| self.run(statement));
    }
}

/// A table of a PostgreSQL database, asked live.
pub(crate) struct PostgresTable {
    cluster: Cluster,
    runtime: Runtime,
}

impl PostgresTable {
    /// Nothing when PostgreSQL is neither there nor required.
    pub(crate) fn make() -> Option<Self> {
        let mut made = Self { cluster: Cluster::start()?, runtime: runtime() };
        made.restore();
        Some(made)
    }

    fn run(&self, statement: &str) {
        self.runtime.block_on(async {
            let mut connection = sqlx::PgConnection::connect(&self.cluster.url()).await.unwrap();
            sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
        });
    }
}

impl Register for PostgresTable {
    fn kind(&self) -> &'static str {
        "postgres"
    }
    fn address(&self) -> String {
        self.cluster.url()
    }
    fn options(&self) -> Vec<&'static str> {
        vec!["--key", "vrm", "--table", "register"]
    }
    fn is_copied(&self) -> bool {
        false
    }
    fn set_make(&mut self, make: &str) {
        self.run(&format!("UPDATE register SET make = '{make}' WHERE vrm = 'AA19AAA'"));
    }
    fn lose_marker(&mut self) {
        self.run("ALTER TABLE register DROP COLUMN marker");
    }
    fn go_away(&mut self) {
        self.run("DROP TABLE register");
    }
    fn restore(&mut self) {
        self.run("DROP TABLE IF EXISTS register");
        self.run(CREATE);
        insert().iter().for_each(|statement| self.run(statement));
    }
}

/// An HTTP service that answers `GET /api/by-vrm/…` in JSON.
pub(crate) struct HttpService {
    address: SocketAddr,
    /// The answer about AA19AAA; nothing while the service is away.
    answer: Arc<Mutex<Option<String>>>,
}

impl HttpService {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut service = Self { address: listener.local_addr().unwrap(), answer: Arc::default() };
        service.restore();
        let answer = Arc::clone(&service.answer);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let answer = answer.lock().unwrap().clone();
                // The gateway may have hung up: its affair.
                let _ = serve(connection, answer);
            }
        });
        service
    }
}

fn serve(mut connection: TcpStream, answer: Option<String>) -> std::io::Result<()> {
    let mut lines = BufReader::new(connection.try_clone()?).lines();
    let asked = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let Some(answer) = answer else { return Ok(()) };
    let (status, body) = match asked.as_str() {
        "GET /api/by-vrm/AA19AAA HTTP/1.1" => ("200 OK", answer),
        _ => ("404 Not Found", r#"{"title": "no such vehicle", "detail": "TE57XXX is not listed"}"#.to_owned()),
    };
    let (kind, length) = ("content-type: application/json", body.len());
    write!(connection, "HTTP/1.1 {status}\r\n{kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

impl Register for HttpService {
    fn kind(&self) -> &'static str {
        "http"
    }
    fn address(&self) -> String {
        format!("http://{}/api", self.address)
    }
    fn options(&self) -> Vec<&'static str> {
        let fields = ["--format", "vrm=vrm", "--format", "make=text", "--format", "keeper=text"];
        [&["--operation", "GET /by-vrm/*"][..], &fields].concat()
    }
    fn is_copied(&self) -> bool {
        false
    }
    fn set_make(&mut self, make: &str) {
        let [vrm, make, keeper, marker] = rows(make)[0].clone();
        let row = serde_json::json!({"vrm": vrm, "make": make, "keeper": keeper, "marker": marker});
        *self.answer.lock().unwrap() = Some(row.to_string());
    }
    fn lose_marker(&mut self) {
        *self.answer.lock().unwrap() = Some(r#"{"vrm": {"mark": "AA19AAA"}, "keeper": "Ada Example"}"#.to_owned());
    }
    fn go_away(&mut self) {
        *self.answer.lock().unwrap() = None;
    }
    fn restore(&mut self) {
        self.set_make("FORD");
    }
}
