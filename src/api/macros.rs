//! How an API struct is declared.

/// Declares API structs: camelCase names in JSON, every field optional there and left out when it has its
/// default (Go's `omitempty`), and the fields that are not listed kept in `rest`.
macro_rules! api {
    ($( $(#[$meta:meta])* $name:ident { $( $(#[$field_meta:meta])* $field:ident : $ty:ty ),* $(,)? } )*) => { $(
        #[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        $(#[$meta])*
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

/// Declares an API struct of which a part is kept apart and shared, as [`SharedPart`](crate::api::SharedPart) says: states of an
/// object mostly have it alike, or not at all. In JSON and in code the part's fields stand with the others. The name of what is
/// written is given twice, as attributes take texts only, and so is what is expected where something else is found.
macro_rules! api_with_part {
    ($(#[$meta:meta])* $name:ident as $written:ident ($text:literal, $expected:literal) {
        $( $(#[$field_meta:meta])* $field:ident : $ty:ty ),* $(,)?
    }
    $(#[$part_meta:meta])* $part:ident {
        $( $(#[$part_field_meta:meta])* $part_field:ident : $part_ty:ty = $nothing:expr ),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(from = $text, into = $text)]
        pub struct $name {
            $( $(#[$field_meta])* pub $field: $ty, )*
            /// What it shares. Its fields are read and written as if they stood here.
            pub shared: crate::api::SharedPart<$part>,
            /// Fields that the simulation gives no meaning to, as written.
            pub rest: crate::api::Rest,
        }

        $(#[$part_meta])*
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct $part {
            $( $(#[$part_field_meta])* pub $part_field: $part_ty, )*
        }

        impl crate::api::ApiPart for $part {
            const NOTHING: &Self = &$part { $( $part_field: $nothing, )* };
        }

        impl std::ops::Deref for $name {
            type Target = $part;

            fn deref(&self) -> &$part {
                self.shared.get()
            }
        }

        impl std::ops::DerefMut for $name {
            fn deref_mut(&mut self) -> &mut $part {
                self.shared.get_mut()
            }
        }

        api! {
            /// The same as it is written.
            #[serde(expecting = $expected)]
            $written {
                $( $(#[$field_meta])* $field: $ty, )*
                $( $(#[$part_field_meta])* $part_field: $part_ty, )*
            }
        }

        impl From<$written> for $name {
            fn from(written: $written) -> Self {
                let shared = $part { $( $part_field: written.$part_field, )* };
                $name { $( $field: written.$field, )* shared: shared.into(), rest: written.rest }
            }
        }

        impl From<$name> for $written {
            fn from(own: $name) -> Self {
                let shared = own.shared.get().clone();
                $written { $( $field: own.$field, )* $( $part_field: shared.$part_field, )* rest: own.rest }
            }
        }
    };
}
