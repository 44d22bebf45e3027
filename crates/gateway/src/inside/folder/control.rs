//! The control file beside each file: an XML document `DTSControl`, as NHS MESH's Java client reads and writes it.

use std::fmt::Write as _;

use quick_xml::Reader;
use quick_xml::escape::{escape, unescape};
use quick_xml::events::Event;

/// Most bytes of a control file.
pub(super) const CONTROL_LIMIT: usize = 64 * 1024;
/// Most bytes of one of its values.
const VALUE_LIMIT: usize = 500;

/// What a control file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Control {
    /// Whose mailbox it is from.
    pub from: String,
    /// To whose mailbox.
    pub to: String,
    /// The workflow.
    pub workflow: String,
    /// What it is about.
    pub subject: String,
    /// The sender's reference.
    pub local_id: String,
    /// The message, once there is one.
    pub message: String,
}

/// Why a control file is none. Never repeats what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// Larger than any.
    #[error("the control file is larger than 64 KiB, or a value longer than 500 bytes")]
    TooLarge,
    /// Not an XML document of this form.
    #[error("the control file is no DTSControl document")]
    Form,
    /// Of a kind that is not sent.
    #[error("the control file is not for a message of type Data")]
    Kind,
    /// Without recipient or workflow.
    #[error("the control file names no recipient (To_DTS) or no workflow (WorkflowId)")]
    Missing,
}

impl Control {
    /// Reads a stranger's control file. Elements that are not known are passed over; nothing outside is ever read.
    ///
    /// # Errors
    /// [`ControlError`] with the first rule that it breaks.
    pub fn parse(bytes: &[u8]) -> Result<Self, ControlError> {
        if bytes.len() > CONTROL_LIMIT {
            return Err(ControlError::TooLarge);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| ControlError::Form)?;
        let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
        let (mut control, mut kind) = (Self::default(), String::new());
        let mut inside: Vec<String> = Vec::new();
        loop {
            match reader.read_event().map_err(|_| ControlError::Form)? {
                Event::Start(element) => {
                    let name = std::str::from_utf8(element.name().as_ref()).map_err(|_| ControlError::Form)?.to_owned();
                    if inside.len() >= 2 || inside.is_empty() && name != "DTSControl" {
                        return Err(ControlError::Form);
                    }
                    inside.push(name);
                }
                Event::End(_) => {
                    inside.pop();
                }
                Event::Text(run) => {
                    let run = run.decode().map_err(|_| ControlError::Form)?;
                    control.add(&mut kind, &inside, &run)?;
                }
                Event::GeneralRef(reference) => {
                    let name = reference.decode().map_err(|_| ControlError::Form)?;
                    let said = unescape(&format!("&{name};")).map_err(|_| ControlError::Form)?.into_owned();
                    control.add(&mut kind, &inside, &said)?;
                }
                Event::CData(run) => {
                    let run = run.decode().map_err(|_| ControlError::Form)?;
                    control.add(&mut kind, &inside, &run)?;
                }
                // A document type could say anything; no client writes one.
                Event::DocType(_) => return Err(ControlError::Form),
                Event::Eof => break,
                _ => {}
            }
        }
        if !inside.is_empty() {
            return Err(ControlError::Form);
        }
        control.checked(kind.trim())
    }

    fn add(&mut self, kind: &mut String, inside: &[String], run: &str) -> Result<(), ControlError> {
        let [_, name] = inside else { return Ok(()) };
        let value = match name.as_str() {
            "From_DTS" => &mut self.from,
            "To_DTS" => &mut self.to,
            "WorkflowId" => &mut self.workflow,
            "Subject" => &mut self.subject,
            "LocalId" => &mut self.local_id,
            "DTSId" => &mut self.message,
            "MessageType" => kind,
            _ => return Ok(()),
        };
        value.push_str(run);
        if value.len() > VALUE_LIMIT { Err(ControlError::TooLarge) } else { Ok(()) }
    }

    fn checked(mut self, kind: &str) -> Result<Self, ControlError> {
        for value in
            [&mut self.from, &mut self.to, &mut self.workflow, &mut self.subject, &mut self.local_id, &mut self.message]
        {
            *value = value.trim().to_owned();
            if value.chars().any(char::is_control) {
                return Err(ControlError::Form);
            }
        }
        if !kind.is_empty() && !kind.eq_ignore_ascii_case("data") {
            return Err(ControlError::Kind);
        }
        if self.to.is_empty() || self.workflow.is_empty() {
            return Err(ControlError::Missing);
        }
        Ok(self)
    }

    /// The document.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut xml = String::from(
            "<DTSControl><Version>1.0</Version><AddressType>DTS</AddressType><MessageType>Data</MessageType>",
        );
        for (name, value) in [
            ("From_DTS", &self.from),
            ("To_DTS", &self.to),
            ("WorkflowId", &self.workflow),
            ("Subject", &self.subject),
            ("LocalId", &self.local_id),
            ("DTSId", &self.message),
        ] {
            if !value.is_empty() {
                let _ = write!(xml, "<{name}>{}</{name}>", escape(value.as_str()));
            }
        }
        xml.push_str("<Compress>N</Compress><AllowChunking>Y</AllowChunking><Encrypted>N</Encrypted></DTSControl>\n");
        xml
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "<DTSControl><Version>1.0</Version><AddressType>DTS</AddressType><MessageType>Data</MessageType>\
        <WorkflowId>REPORT</WorkflowId><To_DTS>LOC.BOROUGH.MAIN</To_DTS><From_DTS>GOV.AGENCY.MAIN</From_DTS>\
        <Subject>Tea &amp; biscuits</Subject><LocalId/><Compress>Y</Compress><AllowChunking>Y</AllowChunking>\
        <Encrypted>N</Encrypted></DTSControl>";

    #[test]
    fn the_java_clients_form_is_read_and_written() {
        let control = Control::parse(FORM.as_bytes()).unwrap();
        assert_eq!((control.to.as_str(), control.workflow.as_str()), ("LOC.BOROUGH.MAIN", "REPORT"));
        assert_eq!(control.subject, "Tea & biscuits");
        assert_eq!(Control::parse(control.to_xml().as_bytes()), Ok(control));
    }

    #[test]
    fn what_is_no_control_file_is_refused() {
        let entity =
            "<!DOCTYPE d [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><DTSControl><To_DTS>&e;</To_DTS></DTSControl>";
        for (text, error) in [
            ("", ControlError::Missing),
            ("<Other/>", ControlError::Missing),
            ("<Other><To_DTS>a</To_DTS></Other>", ControlError::Form),
            ("<DTSControl><To_DTS>a</To_DTS>", ControlError::Form),
            ("<DTSControl><To_DTS>a</WorkflowId></DTSControl>", ControlError::Form),
            (entity, ControlError::Form),
            ("<DTSControl><To_DTS>&bad;</To_DTS></DTSControl>", ControlError::Form),
            ("<DTSControl><MessageType>Report</MessageType></DTSControl>", ControlError::Kind),
            ("<DTSControl><To_DTS>a</To_DTS></DTSControl>", ControlError::Missing),
            ("<DTSControl><a><b><c/></b></a></DTSControl>", ControlError::Missing),
        ] {
            let parsed = Control::parse(text.as_bytes());
            assert!(parsed == Err(error) || parsed == Err(ControlError::Form), "{text}: {parsed:?}");
        }
        let long = format!("<DTSControl><To_DTS>{}</To_DTS></DTSControl>", "a".repeat(501));
        assert_eq!(Control::parse(long.as_bytes()), Err(ControlError::TooLarge));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>) {
            let _ = Control::parse(&bytes);
        }
    }
}
