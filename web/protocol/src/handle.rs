//! What crosses and is no plain data: bytes, functions, and objects of the other side.
//!
//! In WebAssembly each holds its JavaScript value. Elsewhere they only have a name in TypeScript.

use std::fmt;

use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// Bytes, which cross as one `Uint8Array`: a `Vec<u8>` would cross as an array of numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Buffer;

        impl Visitor<'_> for Buffer {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
                Ok(Bytes(bytes))
            }
        }

        deserializer.deserialize_byte_buf(Buffer)
    }
}

#[cfg(target_family = "wasm")]
pub use crossing::*;

#[cfg(target_family = "wasm")]
mod crossing {
    use std::marker::PhantomData;

    use js_sys::{Function, Uint8Array};
    use serde::Serialize;
    use serde::de::DeserializeOwned;
    use serde_wasm_bindgen::Serializer;
    use wasm_bindgen::{JsCast, JsValue};

    use crate::{EngineError, ErrorCode};

    /// What a parameter of a method can be made of.
    pub trait FromJs: Sized {
        /// Takes a value of JavaScript.
        ///
        /// # Errors
        ///
        /// `invalid-request` for a value of another shape.
        fn from_js(value: JsValue) -> Result<Self, EngineError>;
    }

    impl<T: DeserializeOwned> FromJs for T {
        fn from_js(value: JsValue) -> Result<Self, EngineError> {
            serde_wasm_bindgen::from_value(value).map_err(invalid)
        }
    }

    /// Plain data as a value of JavaScript, where what is none is `null`, as TypeScript is told.
    ///
    /// # Errors
    ///
    /// `invalid-request` for what JavaScript has no form of, which would be a defect.
    pub fn to_js(value: &impl Serialize) -> Result<JsValue, EngineError> {
        value.serialize(&Serializer::new().serialize_missing_as_null(true)).map_err(invalid)
    }

    fn invalid(error: serde_wasm_bindgen::Error) -> EngineError {
        EngineError { code: ErrorCode::InvalidRequest, message: error.to_string() }
    }

    impl From<EngineError> for JsValue {
        fn from(error: EngineError) -> Self {
            serde_wasm_bindgen::to_value(&error).unwrap_or_else(|error| error.into())
        }
    }

    /// A function that is told something, each time there is news.
    pub struct Listener<T> {
        function: Function,
        told: PhantomData<T>,
    }

    impl<T: Serialize> Listener<T> {
        /// Tells it. A listener that throws does not stop what tells it.
        pub fn tell(&self, news: &T) {
            if let Ok(news) = to_js(news) {
                let _ = self.function.call1(&JsValue::NULL, &news);
            }
        }
    }

    impl<T> From<Function> for Listener<T> {
        fn from(function: Function) -> Self {
            Self { function, told: PhantomData }
        }
    }

    impl<T> FromJs for Listener<T> {
        fn from_js(value: JsValue) -> Result<Self, EngineError> {
            function(value).map(Self::from)
        }
    }

    /// A function of a syntax pack's name and a question as bytes that gives the answer as bytes, at
    /// once, or null while it has none. `web/package/src/syntax.ts` has such a function.
    pub struct AskSyntax(Function);

    impl AskSyntax {
        /// Its answer; none while it has none, and when it throws.
        #[must_use]
        pub fn ask(&self, pack: &str, question: &[u8]) -> Option<Vec<u8>> {
            let given = self.0.call2(&JsValue::NULL, &pack.into(), &Uint8Array::from(question)).ok()?;
            given.dyn_into::<Uint8Array>().ok().map(|bytes| bytes.to_vec())
        }
    }

    impl FromJs for AskSyntax {
        fn from_js(value: JsValue) -> Result<Self, EngineError> {
            function(value).map(Self)
        }
    }

    /// The index of a workspace: an object with the `library` rows of `index_methods`.
    pub struct LibraryHost(pub JsValue);

    impl FromJs for LibraryHost {
        fn from_js(value: JsValue) -> Result<Self, EngineError> {
            Ok(Self(value))
        }
    }

    fn function(value: JsValue) -> Result<Function, EngineError> {
        value.dyn_into().map_err(|_| EngineError {
            code: ErrorCode::InvalidRequest,
            message: "reading a parameter: no function".to_owned(),
        })
    }
}

#[cfg(not(target_family = "wasm"))]
pub use named::*;

#[cfg(not(target_family = "wasm"))]
mod named {
    use std::marker::PhantomData;

    use ts_rs::{Config, Dummy, TS, TypeVisitor};

    /// A function that is told something, each time there is news.
    #[derive(Debug)]
    pub struct Listener<T>(PhantomData<T>);

    impl<T: TS> TS for Listener<T> {
        type WithoutGenerics = Listener<Dummy>;
        type OptionInnerType = Self;

        fn name(config: &Config) -> String {
            format!("(news: {}) => void", T::name(config))
        }

        fn inline(config: &Config) -> String {
            Self::name(config)
        }

        fn visit_generics(visitor: &mut impl TypeVisitor)
        where
            Self: 'static,
        {
            visitor.visit::<T>();
        }
    }

    /// A type that has nothing but a name.
    macro_rules! named {
        ($($type:path = $name:literal;)*) => { $(
            impl TS for $type {
                type WithoutGenerics = Self;
                type OptionInnerType = Self;

                fn name(_: &Config) -> String {
                    $name.to_owned()
                }

                fn inline(config: &Config) -> String {
                    Self::name(config)
                }
            }
        )* };
    }

    /// A function of a syntax pack's name and a question as bytes that gives the answer as bytes, at
    /// once, or null while it has none.
    #[derive(Debug)]
    pub struct AskSyntax;

    /// The index of a workspace: an object with the `library` rows of `index_methods`.
    #[derive(Debug)]
    pub struct LibraryHost;

    named! {
        crate::Bytes = "Uint8Array<ArrayBuffer>";
        AskSyntax = "(pack: string, question: Uint8Array) => Uint8Array | null";
        LibraryHost = "LibraryHost";
    }
}
