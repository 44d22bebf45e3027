//! The measure: what the same transport costs without any of the checks. Two nginx of one worker each, mutual TLS 1.3
//! between them, connections kept open on every hop.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::process::Process;
use crate::setting::{accepts, free_address};

/// The pair, and where it is asked.
pub(crate) struct Pair {
    /// Where it is asked.
    pub(crate) address: SocketAddr,
    /// The one that is asked, and the one before the backend.
    pub(crate) processes: [Process; 2],
}

/// Starts the pair in front of the backend.
pub(crate) fn start(folder: &Path, backend: SocketAddr) -> Result<Pair> {
    fs::create_dir_all(folder)?;
    certificates(folder)?;
    let (near, far) = (free_address()?, free_address()?);
    let near_server = format!(
        "server {{ listen {near}; location / {{ proxy_pass https://next; {KEPT} \
         proxy_ssl_protocols TLSv1.3; proxy_ssl_certificate {dir}/near.crt; proxy_ssl_certificate_key {dir}/near.key; \
         proxy_ssl_verify on; proxy_ssl_trusted_certificate {dir}/ca.crt; proxy_ssl_name far; }} }}",
        dir = folder.display(),
    );
    let far_server = format!(
        "server {{ listen {far} ssl; ssl_protocols TLSv1.3; ssl_certificate {dir}/far.crt; \
         ssl_certificate_key {dir}/far.key; ssl_client_certificate {dir}/ca.crt; ssl_verify_client on; \
         location / {{ proxy_pass http://next; {KEPT} }} }}",
        dir = folder.display(),
    );
    let far_process = nginx("nginx, far", &folder.join("far"), &far_server, backend, far)?;
    let near_process = nginx("nginx, near", &folder.join("near"), &near_server, far, near)?;
    Ok(Pair { address: near, processes: [near_process, far_process] })
}

/// Connections onwards are kept open.
const KEPT: &str = "proxy_http_version 1.1; proxy_set_header Connection \"\";";

fn nginx(name: &'static str, folder: &Path, server: &str, next: SocketAddr, address: SocketAddr) -> Result<Process> {
    fs::create_dir_all(folder)?;
    let config = folder.join("nginx.conf");
    fs::write(&config, configuration(folder, server, next)?)?;
    let (prefix, config) = (folder.display().to_string(), config.display().to_string());
    let mut process =
        Process::start(name, &program(), &["-p", &prefix, "-c", &config, "-e", "stderr"], &folder.join("log"))?;
    process.wait_until(|| accepts(address))?;
    Ok(process)
}

/// Nothing is tuned but what would measure something else: no log, no body on the disk, and no connection closed
/// after its thousandth request.
fn configuration(folder: &Path, server: &str, next: SocketAddr) -> Result<String> {
    let dir = folder.display();
    // A worker that gave up root could not enter our folder.
    let user = if fs::metadata("/proc/self")?.uid() == 0 { "user root root;" } else { "" };
    let places: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|what| format!("{what}_temp_path {dir}/{what};\n"))
        .concat();
    Ok(format!(
        "daemon off; worker_processes 1; {user} pid {dir}/pid; error_log stderr warn;\n\
         events {{ worker_connections 1024; }}\n\
         http {{\n{places}access_log off; keepalive_requests 100000000;\n\
         proxy_buffers 16 64k; proxy_max_temp_file_size 0;\n\
         upstream next {{ server {next}; keepalive 64; keepalive_requests 100000000; }}\n{server}\n}}\n"
    ))
}

/// One nginx that takes files over TLS 1.3 and gives them out.
pub(crate) fn uploads(folder: &Path, address: SocketAddr) -> Result<Process> {
    fs::create_dir_all(folder.join("files"))?;
    certificates(folder)?;
    let dir = folder.display();
    let server = format!(
        "server {{ listen {address} ssl; ssl_protocols TLSv1.3; ssl_certificate {dir}/far.crt; \
         ssl_certificate_key {dir}/far.key; root {dir}/files; dav_methods PUT; client_max_body_size 0; sendfile on; }}"
    );
    nginx("nginx, files", folder, &server, address, address)
}

fn program() -> PathBuf {
    let debian = PathBuf::from("/usr/sbin/nginx");
    if debian.exists() { debian } else { PathBuf::from("nginx") }
}

/// One authority, one certificate for each end, all with P-256 keys.
fn certificates(folder: &Path) -> Result<()> {
    openssl(folder, "ca", "bench", &[])?;
    for name in ["near", "far"] {
        openssl(folder, name, name, &["-CA", "ca.crt", "-CAkey", "ca.key"])?;
    }
    Ok(())
}

fn openssl(folder: &Path, file: &str, name: &str, signed_by: &[&str]) -> Result<()> {
    let (key, certificate) = (format!("{file}.key"), format!("{file}.crt"));
    let (subject, alternative) = (format!("/CN={name}"), format!("subjectAltName=DNS:{name}"));
    let output = Command::new("openssl")
        .current_dir(folder)
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"])
        .args(["-subj", &subject, "-addext", &alternative, "-keyout", &key, "-out", &certificate])
        .args(signed_by)
        .output()
        .map_err(|error| format!("openssl: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("openssl made no certificate: {}", String::from_utf8_lossy(&output.stderr)).into())
}

/// The versions of nginx and of the OpenSSL it runs with.
pub(crate) fn version() -> Result<String> {
    let output = Command::new(program()).arg("-V").output().map_err(|error| format!("nginx: {error}"))?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = |start: &str| text.lines().find_map(|line| line.strip_prefix(start)).map(str::to_owned);
    let nginx = line("nginx version: ").ok_or("nginx does not say its version")?;
    let openssl = line("built with ").ok_or("nginx does not say its OpenSSL")?;
    Ok(format!("{nginx}, {openssl}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::Question;
    use crate::http::{Connection, get};

    #[test]
    fn the_pair_answers_what_the_backend_answers() {
        let backend = free_address().unwrap();
        std::thread::spawn(move || crate::backend::serve(backend.port()).unwrap());
        let folder = tempfile::tempdir().unwrap();
        let pair = start(folder.path(), backend).unwrap();
        let mut connection = Connection::open(pair.address).unwrap();
        for bytes in [1024, 1 << 20] {
            let mut body = Vec::new();
            let request = get(pair.address, &format!("/document/{bytes}"), &[]);
            let head = connection.exchange(&request, |part| body.extend_from_slice(part)).unwrap();
            assert_eq!((head.status, body), (200, Question::Document(bytes).answer().unwrap()));
        }
    }
}
