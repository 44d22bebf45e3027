//! `packhorse ask`: one X-Road REST request through your own gateway, as one of your systems would send it.

use std::path::PathBuf;

use bytes::Bytes;
use clap::Args;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use packhorse_model::{AgreementId, ClientId, ServiceId};
use serde_json::{Value, json};

use crate::api::{Answer, Target};
use crate::error::{Error, Result};
use crate::files;
use crate::output::Output;

/// Where the system's key is looked for when the command line names no file.
const KEY_VARIABLE: &str = "PACKHORSE_API_KEY";
/// Largest body that is read from a file; the gateway's own limit is its to say.
const MAX_BODY: u64 = 1 << 30;
/// What of the answer's headers tells about the exchange.
const SHOWN: [&str; 5] = ["packhorse-exchange", "packhorse-rule", "x-road-error", "x-road-request-id", "content-type"];

/// Arguments of `ask`.
#[derive(Debug, Args)]
pub(crate) struct AskArgs {
    #[command(flatten)]
    target: Box<Target>,
    /// Your asking system: NET/CLASS/code/system
    #[arg(long, value_name = "ID")]
    client: ClientId,
    /// The service: NET/CLASS/code/system/service
    #[arg(long, value_name = "ID")]
    service: ServiceId,
    /// What stands behind the service, with its query, for example /by-vrm/AA19AAA
    #[arg(default_value = "")]
    path: String,
    /// The HTTP method [default: GET, or POST with a body]
    #[arg(long)]
    method: Option<Method>,
    /// A JSON body, or @file
    #[arg(long)]
    body: Option<String>,
    /// Under this agreement
    #[arg(long, value_name = "ID")]
    agreement: Option<AgreementId>,
    /// What for
    #[arg(long)]
    purpose: Option<String>,
    /// In which role
    #[arg(long)]
    role: Option<String>,
    /// The person who asks
    #[arg(long)]
    user: Option<String>,
    /// The case reference
    #[arg(long)]
    case: Option<String>,
    /// A field asked for; repeat for each, none for all that is agreed
    #[arg(long = "field", value_name = "NAME")]
    fields: Vec<String>,
    /// A file of mode 0600 with the system's API key [default: $PACKHORSE_API_KEY]
    #[arg(long, value_name = "FILE")]
    api_key_file: Option<PathBuf>,
}

/// Sends the request and prints the answer.
pub(crate) async fn run(args: AskArgs, output: Output) -> Result<()> {
    let body = args.body()?;
    let method = args.method.clone().unwrap_or(if body.is_empty() { Method::GET } else { Method::POST });
    if !args.path.is_empty() && !args.path.starts_with(['/', '?']) {
        return Err(Error::Usage("the path starts with / or ?".to_owned()));
    }
    let path = format!("/r1/{}{}", args.service, args.path);
    let headers = args.headers(!body.is_empty())?;
    let answer = args.target.api()?.raw(method, &path, headers, body).await?;
    show(&answer, output)
}

fn show(answer: &Answer, output: Output) -> Result<()> {
    let header = |name: &&str| answer.headers.get(*name).and_then(|value| value.to_str().ok());
    let headers: serde_json::Map<String, Value> =
        SHOWN.iter().filter_map(|name| Some(((*name).to_owned(), header(name)?.into()))).collect();
    let body = String::from_utf8_lossy(&answer.body);
    let value: Value = serde_json::from_slice(&answer.body).unwrap_or_else(|_| body.as_ref().into());
    let data = json!({"status": answer.status.as_u16(), "headers": headers, "body": value});
    output.progress(&format!("status {}", answer.status))?;
    for (name, value) in &headers {
        output.progress(&format!("{name}: {}", value.as_str().unwrap_or_default()))?;
    }
    output.result(&data, &body)?;
    if answer.status.is_success() {
        return Ok(());
    }
    Err(Error::NotHeld(format!("the request was not answered with data (status {})", answer.status.as_u16())))
}

impl AskArgs {
    fn body(&self) -> Result<Bytes> {
        Ok(match self.body.as_deref() {
            None => Bytes::new(),
            Some(text) => match text.strip_prefix('@') {
                Some(file) => files::read(file.as_ref(), MAX_BODY)?.into(),
                None => text.to_owned().into(),
            },
        })
    }

    fn headers(&self, has_body: bool) -> Result<HeaderMap> {
        let mut headers = HeaderMap::new();
        let fields = (!self.fields.is_empty()).then(|| self.fields.join(","));
        let content = has_body.then(|| "application/json".to_owned());
        for (name, value) in [
            ("x-road-client", Some(self.client.to_string())),
            ("accept", Some("application/json".to_owned())),
            (header::CONTENT_TYPE.as_str(), content),
            ("packhorse-agreement", self.agreement.as_ref().map(ToString::to_string)),
            ("packhorse-purpose", self.purpose.clone()),
            ("packhorse-role", self.role.clone()),
            ("packhorse-fields", fields),
            ("packhorse-api-key", self.api_key()?),
            ("x-road-userid", self.user.clone()),
            ("x-road-issue", self.case.clone()),
        ] {
            let Some(value) = value else { continue };
            let value = HeaderValue::try_from(value)
                .map_err(|_| Error::Usage(format!("what is given for {name} cannot stand in a header")))?;
            headers.insert(HeaderName::from_static(name), value);
        }
        Ok(headers)
    }

    /// Never from the command line, where every user of the machine could read it.
    fn api_key(&self) -> Result<Option<String>> {
        match &self.api_key_file {
            Some(file) => files::read_secret_line(file).map(Some),
            None => Ok(std::env::var(KEY_VARIABLE).ok()),
        }
    }
}
