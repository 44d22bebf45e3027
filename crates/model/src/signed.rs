//! What a party has signed, with its signature, byte for byte as it was signed. Nothing here says that the signature is
//! good: whoever uses it checks it against the directory.

use std::fmt;
use std::marker::PhantomData;

use packhorse_keys::DocumentSignature;
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Error as _, SerializeStruct as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// A document that parties sign.
pub trait Signable: Sized {
    /// Its name where it is carried beside its signature.
    const CARRIED_AS: &'static str;
    /// Why bytes are none.
    type Error: std::error::Error;

    /// Reads the exact bytes that were signed.
    ///
    /// # Errors
    /// When they break the document's form or limits.
    fn read(json: &str) -> Result<Self, Self::Error>;
}

/// A document with its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed<D> {
    json: Box<str>,
    document: D,
    signature: DocumentSignature,
}

impl<D: Signable> Signed<D> {
    /// Reads the exact bytes that were signed.
    ///
    /// # Errors
    /// As the document's form says.
    pub fn parse(json: &str, signature: DocumentSignature) -> Result<Self, D::Error> {
        Ok(Self { json: json.into(), document: D::read(json)?, signature })
    }
}

impl<D> Signed<D> {
    /// The signed bytes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.json
    }

    /// What they say.
    #[must_use]
    pub fn document(&self) -> &D {
        &self.document
    }

    /// The signature over the bytes.
    #[must_use]
    pub fn signature(&self) -> &DocumentSignature {
        &self.signature
    }
}

impl<D: Signable> Serialize for Signed<D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let document: &RawValue = serde_json::from_str(&self.json).map_err(S::Error::custom)?;
        let mut carried = serializer.serialize_struct("Signed", 2)?;
        carried.serialize_field(D::CARRIED_AS, document)?;
        carried.serialize_field("signature", &self.signature)?;
        carried.end()
    }
}

impl<'de, D: Signable> Deserialize<'de> for Signed<D> {
    fn deserialize<De: Deserializer<'de>>(deserializer: De) -> Result<Self, De::Error> {
        let carried = Carried::<D>::deserialize(deserializer)?;
        Self::parse(carried.json.get(), carried.signature).map_err(De::Error::custom)
    }
}

/// How a signed document is carried: verbatim, so that the signed bytes survive.
pub(crate) struct Carried<D> {
    pub(crate) json: Box<RawValue>,
    pub(crate) signature: DocumentSignature,
    of: PhantomData<D>,
}

impl<'de, D: Signable> Deserialize<'de> for Carried<D> {
    fn deserialize<De: Deserializer<'de>>(deserializer: De) -> Result<Self, De::Error> {
        deserializer.deserialize_map(Fields(PhantomData))
    }
}

struct Fields<D>(PhantomData<D>);

impl<'de, D: Signable> Visitor<'de> for Fields<D> {
    type Value = Carried<D>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a {} with its signature", D::CARRIED_AS)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Carried<D>, A::Error> {
        let (mut json, mut signature) = (None, None);
        while let Some(name) = fields.next_key::<String>()? {
            let twice = match name.as_str() {
                name if name == D::CARRIED_AS => json.replace(fields.next_value()?).is_some(),
                "signature" => signature.replace(fields.next_value()?).is_some(),
                _ => {
                    fields.next_value::<IgnoredAny>()?;
                    true
                }
            };
            if twice {
                return Err(A::Error::custom("a field stands twice, or is unknown"));
            }
        }
        let json = json.ok_or_else(|| A::Error::missing_field(D::CARRIED_AS))?;
        let signature = signature.ok_or_else(|| A::Error::missing_field("signature"))?;
        Ok(Carried { json, signature, of: PhantomData })
    }
}
