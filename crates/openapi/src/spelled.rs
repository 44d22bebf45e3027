//! How a type is spelled: the words of an enumeration, or the names of a struct's members, as serde knows them.
//!
//! Whoever derives `Deserialize` hands these names over when it is read. Asking there keeps one place for them: a word
//! added to a type is in the document at once.

use std::fmt;

use serde::Deserializer;
use serde::de::value::MapDeserializer;
use serde::de::{DeserializeOwned, Error, Visitor};

/// The names of a type whose reading is derived; none of any other.
pub(crate) fn names<T: DeserializeOwned>() -> &'static [&'static str] {
    cases::<T>("")
}

/// The words of an enumeration whose cases are told apart by the member `tag`.
pub(crate) fn cases<T: DeserializeOwned>(tag: &'static str) -> &'static [&'static str] {
    match T::deserialize(Asked { tag }) {
        Err(Told(names)) => names,
        Ok(_) => &[],
    }
}

/// A source that gives nothing and is there to be asked.
struct Asked {
    tag: &'static str,
}

impl<'de> Deserializer<'de> for Asked {
    type Error = Told;

    /// A tagged enumeration reads a map: one in which the tag has a word that none has.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Told> {
        visitor.visit_map(MapDeserializer::new(std::iter::once((self.tag, ""))))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Told> {
        Err(Told(words))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        members: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Told> {
        Err(Told(members))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map identifier ignored_any
    }
}

/// What was handed over, on the way of an error.
#[derive(Debug)]
struct Told(&'static [&'static str]);

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one of {}", self.0.join(", "))
    }
}

impl std::error::Error for Told {}

impl Error for Told {
    fn custom<M: fmt::Display>(_: M) -> Self {
        Self(&[])
    }

    fn unknown_variant(_: &str, words: &'static [&'static str]) -> Self {
        Self(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Road {
        ByLand,
        ByWater,
    }

    #[derive(serde::Deserialize)]
    #[allow(dead_code, reason = "it is asked for its names alone")]
    struct Load {
        weight: u32,
        #[serde(rename = "goes")]
        road: Road,
    }

    #[derive(serde::Deserialize)]
    #[serde(tag = "step", rename_all = "kebab-case")]
    #[allow(dead_code, reason = "it is asked for its words alone")]
    enum Step {
        Halt,
        TakeUp { load: Load },
    }

    #[test]
    fn a_type_tells_its_words_and_its_members() {
        assert_eq!(names::<Road>(), ["by-land", "by-water"]);
        assert_eq!(names::<Load>(), ["weight", "goes"]);
        assert_eq!(cases::<Step>("step"), ["halt", "take-up"]);
        assert!(names::<String>().is_empty());
    }
}
