//! An upstream over TLS with a certificate for `localhost`, issued by an authority of its own.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The server; its thread ends with the test.
pub(crate) struct TlsUpstream {
    address: SocketAddr,
    /// PEM of the authority that vouches for it.
    pub(crate) authority: PathBuf,
    /// PEM of an authority that does not.
    pub(crate) stranger: PathBuf,
}

impl TlsUpstream {
    /// Starts it; the authorities' files are written into the folder.
    pub(crate) fn start(folder: &Path) -> Self {
        let (pem, issuer) = authority();
        let (stranger_pem, _) = authority();
        let (authority, stranger) = (folder.join("authority.pem"), folder.join("stranger.pem"));
        std::fs::write(&authority, pem).unwrap();
        std::fs::write(&stranger, stranger_pem).unwrap();

        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder().with_no_client_auth();
        let config = Arc::new(config.with_single_cert(vec![certificate.der().clone()], key).unwrap());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let connection = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), connection);
                std::thread::spawn(move || serve(connection));
            }
        });
        Self { address, authority, stranger }
    }

    /// Its address, under this name.
    pub(crate) fn url(&self, scheme: &str, host: &str) -> String {
        format!("{scheme}://{host}:{}", self.address.port())
    }
}

fn authority() -> (String, Issuer<'static, KeyPair>) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    (pem, Issuer::new(params, key))
}

/// The same answer to whatever is asked; a handshake that the other side gave up ends here.
fn serve(mut connection: StreamOwned<ServerConnection, std::net::TcpStream>) {
    let mut asked = [0; 4096];
    if matches!(connection.read(&mut asked), Ok(1..)) {
        let body = r#"{"over":"tls"}"#;
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length:";
        let _ = connection.write_all(format!("{head} {}\r\n\r\n{body}", body.len()).as_bytes());
        connection.conn.send_close_notify();
        let _ = connection.flush();
    }
}
