//! Letters to the organisation's own mail server: plain text, the same words for everything, no personal data.

use std::time::Duration;

use jiff::civil::Date;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters, TlsVersion};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use super::{Notice, Occasion};
use crate::error::GatewayError;

/// Longest wait for the server.
const PATIENCE: Duration = Duration::from_secs(30);

/// The organisation's mail server.
#[derive(Clone)]
pub struct MailSettings {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub security: MailSecurity,
    /// Whom letters come from.
    pub from: String,
    /// PEM of the authorities, one of which must have issued its certificate; the machine's own when there are none.
    pub authorities: Option<Vec<u8>>,
    /// Name and password, where it asks for them.
    pub credentials: Option<(String, String)>,
}

/// How a connection to a mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailSecurity {
    /// From the beginning (RFC 8314).
    Tls,
    /// After STARTTLS (RFC 3207), and never without.
    StartTls,
    /// Not at all: on this machine.
    None,
}

/// What brings letters.
pub struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// What became of a letter.
pub(super) enum Posted {
    /// The server has it.
    Taken,
    /// The server does not want it, however often.
    Refused,
    /// Not this time.
    Later,
}

impl Mail {
    /// Prepares; connects with the first letter.
    ///
    /// # Errors
    /// [`GatewayError::Mail`] when the settings make no sense.
    pub fn new(settings: &MailSettings) -> Result<Self, GatewayError> {
        let from: Address = settings.from.parse().map_err(|_| GatewayError::Mail("`from` is no e-mail address"))?;
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port)
            .timeout(Some(PATIENCE))
            .tls(match settings.security {
                MailSecurity::Tls => Tls::Wrapper(parameters(settings)?),
                MailSecurity::StartTls => Tls::Required(parameters(settings)?),
                MailSecurity::None => Tls::None,
            });
        if let Some((name, password)) = &settings.credentials {
            builder = builder.credentials(Credentials::new(name.clone(), password.clone()));
        }
        Ok(Self { transport: builder.build(), from: Mailbox::new(Some("Packhorse".to_owned()), from) })
    }

    /// Brings one letter to the server. Its identity is the notice's, so that one that was brought twice shows.
    pub(super) async fn post(&self, to: &str, notice: &Notice, address: &str) -> Posted {
        let Ok(to) = to.parse::<Address>() else { return Posted::Refused };
        let (subject, body) = words(notice, address);
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .message_id(Some(format!("<{}@{}>", notice.id, self.from.email.domain())))
            .subject(subject)
            .header(ContentType::TEXT_PLAIN)
            .body(body);
        let Ok(message) = message else { return Posted::Refused };
        match self.transport.send(message).await {
            Ok(_) => Posted::Taken,
            // What a server says may hold addresses: it is not logged.
            Err(error) if error.is_permanent() => Posted::Refused,
            Err(_) => Posted::Later,
        }
    }
}

fn parameters(settings: &MailSettings) -> Result<TlsParameters, GatewayError> {
    let mut builder = TlsParameters::builder(settings.host.clone()).set_min_tls_version(TlsVersion::Tlsv12);
    if let Some(authorities) = &settings.authorities {
        let unreadable = GatewayError::Mail("`ca_file` holds no certificate in PEM form");
        let authorities = Certificate::from_pem(authorities).map_err(|_| unreadable)?;
        builder = builder.certificate_store(CertificateStore::None).add_root_certificate(authorities);
    }
    let unusable = GatewayError::Mail("the connection to the mail server cannot be encrypted with these settings");
    builder.build().map_err(|_| unusable)
}

/// The same for everybody: what waits is seen where it waits.
fn words(notice: &Notice, address: &str) -> (&'static str, String) {
    let waits = "Something waits for you";
    let refused = |day: Date| format!(" From {} on, what you ask and send is refused until you have.", written(day));
    let refused = notice.refused_from.map(refused).unwrap_or_default();
    let (subject, what) = match notice.occasion {
        Occasion::Invitation => {
            ("Your account", "An account was made for you. Set your password here, within a week:".to_owned())
        }
        Occasion::Recovery => (
            "Your account",
            "Somebody asked for a new password for your account. If it was you, set one here, within an hour.\n\
             If it was not, do nothing:"
                .to_owned(),
        ),
        Occasion::AccessReview => (waits, "Accesses wait to be confirmed:".to_owned()),
        Occasion::AccessEnding => ("Your access", "Your access ends soon unless somebody confirms it. See:".to_owned()),
        Occasion::Task => (waits, "Something waits for you at:".to_owned()),
        Occasion::AcceptableUse => (
            "Acceptable use policy",
            format!(
                "Everybody with an account is asked to accept the acceptable use policy.{refused}\n\
                 Read it and accept it here:"
            ),
        ),
        Occasion::AcceptableUseReminder => (
            "Acceptable use policy",
            format!("You have not accepted the acceptable use policy yet.{refused}\nRead it and accept it here:"),
        ),
        // Which of the two it is, and what is required of somebody, is nobody else's business.
        Occasion::TrainingEnding | Occasion::VettingEnding => {
            (waits, "Something that your work requires ends soon. See what, and have it renewed in time:".to_owned())
        }
        Occasion::RegisterEnding => (waits, "In a register that you keep something ends soon. See what:".to_owned()),
    };
    let end = "This message has no details on purpose. Nobody will ask you for your password by e-mail.";
    (subject, format!("{what}\n\n{address}\n\n{end}\n"))
}

/// A day as people here write it.
fn written(day: Date) -> String {
    day.strftime("%-d %B %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_about_the_policy_says_where_and_until_when_and_one_about_vetting_says_neither_what_nor_who() {
        let notice = |occasion, refused_from| Notice {
            id: "1".into(),
            to: Some("ada".into()),
            occasion,
            path: "/somewhere".into(),
            refused_from,
        };
        let day = jiff::civil::date(2026, 12, 4);
        for occasion in [Occasion::AcceptableUse, Occasion::AcceptableUseReminder] {
            let (_, said) = words(&notice(occasion, Some(day)), "https://packhorse.example/acceptable-use");
            assert!(said.contains("From 4 December 2026 on, what you ask and send is refused"), "{said}");
            assert!(said.contains("\n\nhttps://packhorse.example/acceptable-use\n\n"), "{said}");
        }
        let vetting = words(&notice(Occasion::VettingEnding, None), "/account");
        assert_eq!(vetting.0, "Something waits for you");
        assert!(!vetting.1.contains("vetting") && !vetting.1.contains("ada"), "{}", vetting.1);
    }
}
