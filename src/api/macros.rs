//! How an API struct is declared.

/// Declares API structs: camelCase names in JSON, every field optional there and left out when it has its
/// default (Go's `omitempty`), and the fields that are not listed kept in `rest`.
macro_rules! api {
    ($( $(#[$meta:meta])* $name:ident { $( $(#[$field_meta:meta])* $field:ident : $ty:ty ),* $(,)? } )*) => { $(
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        pub struct $name {
            $(
                $(#[$field_meta])*
                #[serde(skip_serializing_if = "crate::api::is_default")]
                pub $field: $ty,
            )*
            /// Fields that the simulation gives no meaning to, as written.
            #[serde(flatten)]
            pub rest: crate::api::Rest,
        }
    )* };
}
