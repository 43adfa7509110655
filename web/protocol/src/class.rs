//! Macros that make Rust callers and callees of a table of methods.

/// Makes the wasm-bindgen class of a table: `engine_methods!(ghostlight_protocol::export_class, Engine)`.
///
/// Each method converts its parameters, calls the method of that name of `self.methods`, an `Rc`,
/// and converts the answer. That method is written by hand: it takes the types of the row and gives a
/// `Result` whose error becomes a `JsValue`; it is `async` for a `request`. Where the macro is
/// called, all types of the rows, `JsValue` and the attribute `wasm_bindgen` are in scope.
#[macro_export]
macro_rules! export_class {
    ($class:ident; $(
        $(#[doc = $doc:literal])*
        $who:ident $how:ident $name:ident $(as $js:ident)? ($($arg:ident: $type:ty),*) -> $answer:ty;
    )*) => {
        $($crate::export_method! { $how $class [$(#[doc = $doc])*] [$(js_name = $js)?] $name [$($arg: $type),*] })*
    };
}

/// One method of [`export_class`].
#[doc(hidden)]
#[macro_export]
macro_rules! export_method {
    (request $class:ident [$(#[$doc:meta])*] [$($attribute:tt)*] $name:ident [$($arg:ident: $type:ty),*]) => {
        #[wasm_bindgen]
        impl $class {
            $(#[$doc])*
            #[wasm_bindgen($($attribute)*)]
            pub fn $name(&self, $($arg: JsValue),*) -> ::js_sys::Promise {
                let methods = self.methods.clone();
                ::wasm_bindgen_futures::future_to_promise(async move {
                    $(let $arg = <$type as $crate::FromJs>::from_js($arg)?;)*
                    let answer = methods.$name($($arg),*).await?;
                    Ok($crate::to_js(&answer)?)
                })
            }
        }
    };
    ($how:ident $class:ident [$(#[$doc:meta])*] [$($attribute:tt)*] $name:ident [$($arg:ident: $type:ty),*]) => {
        #[wasm_bindgen]
        impl $class {
            $(#[$doc])*
            ///
            /// # Errors
            ///
            /// Throws an `EngineError`.
            #[wasm_bindgen($($attribute)*)]
            pub fn $name(&self, $($arg: JsValue),*) -> Result<JsValue, JsValue> {
                $(let $arg = <$type as $crate::FromJs>::from_js($arg)?;)*
                let answer = self.methods.$name($($arg),*)?;
                Ok($crate::to_js(&answer)?)
            }
        }
    };
}

/// Makes a caller of the `library` rows of a table: `index_methods!(ghostlight_protocol::import_class, Index)`.
///
/// A method takes the types of its row. It fails with what the other side threw.
#[macro_export]
macro_rules! import_class {
    ($class:ident; $(
        $(#[doc = $doc:literal])*
        $who:ident $how:ident $name:ident $(as $js:ident)? ($($arg:ident: $type:ty),*) -> $answer:ty;
    )*) => {
        /// An object of another module, behind the `LibraryHost` that the host gave.
        #[derive(Clone)]
        pub(crate) struct $class(imported::Object);

        impl $class {
            pub(crate) fn new(host: LibraryHost) -> Self {
                Self(::wasm_bindgen::JsCast::unchecked_into(host.0))
            }
        }

        mod imported {
            use ::wasm_bindgen::prelude::*;

            #[wasm_bindgen]
            extern "C" {
                #[derive(Clone)]
                pub(crate) type Object;
            }
            $($crate::import_method! { $who [$(js_name = $js)?] $name [$($arg)*] })*
        }

        $($crate::import_caller! { $who $class [$(#[doc = $doc])*] $name [$($arg: $type),*] $answer })*
    };
}

/// One method of [`import_class`], in JavaScript's values.
#[doc(hidden)]
#[macro_export]
macro_rules! import_method {
    (library [$($attribute:tt)*] $name:ident [$($arg:ident)*]) => {
        #[wasm_bindgen]
        extern "C" {
            #[wasm_bindgen(method, structural, catch, $($attribute)*)]
            pub(crate) fn $name(this: &Object, $($arg: JsValue),*) -> Result<JsValue, JsValue>;
        }
    };
    ($who:ident $($rest:tt)*) => {};
}

/// One method of [`import_class`], in the types of its row.
#[doc(hidden)]
#[macro_export]
macro_rules! import_caller {
    (library $class:ident [$(#[$doc:meta])*] $name:ident [$($arg:ident: $type:ty),*] $answer:ty) => {
        impl $class {
            $(#[$doc])*
            pub(crate) fn $name(&self, $($arg: $type),*) -> Result<$answer, ::wasm_bindgen::JsValue> {
                let answer = self.0.$name($($crate::to_js(&$arg)?),*)?;
                Ok(<$answer as $crate::FromJs>::from_js(answer)?)
            }
        }
    };
    ($who:ident $($rest:tt)*) => {};
}
