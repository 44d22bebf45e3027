//! `packhorse ask`: one X-Road REST request through your own gateway, as one of your systems would send it.

use bytes::Bytes;
use clap::Args;
use http::{HeaderMap, Method};
use packhorse_model::{AgreementId, ServiceId};
use serde_json::{Value, json};

use crate::api::{Answer, Target};
use crate::commands::caller::{CallerArgs, headers};
use crate::error::{Error, Result};
use crate::files;
use crate::output::Output;

/// Largest body that is read from a file; the gateway's own limit is its to say.
const MAX_BODY: u64 = 1 << 30;
/// What of the answer's headers tells about the exchange.
const SHOWN: [&str; 5] = ["packhorse-exchange", "packhorse-rule", "x-road-error", "x-road-request-id", "content-type"];

/// Arguments of `ask`.
#[derive(Debug, Args)]
pub(crate) struct AskArgs {
    #[command(flatten)]
    target: Box<Target>,
    #[command(flatten)]
    caller: CallerArgs,
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
    /// The case reference
    #[arg(long)]
    case: Option<String>,
    /// A field asked for; repeat for each, none for all that is agreed
    #[arg(long = "field", value_name = "NAME")]
    fields: Vec<String>,
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
        let fields = (!self.fields.is_empty()).then(|| self.fields.join(","));
        let content = has_body.then(|| "application/json".to_owned());
        let mut all = self.caller.headers()?;
        all.extend(headers([
            ("accept", Some("application/json".to_owned())),
            ("content-type", content),
            ("packhorse-agreement", self.agreement.as_ref().map(ToString::to_string)),
            ("packhorse-purpose", self.purpose.clone()),
            ("packhorse-fields", fields),
            ("x-road-issue", self.case.clone()),
        ])?);
        Ok(all)
    }
}
