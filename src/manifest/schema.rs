//! Which fields each type has, and of which type they are.
//!
//! The table beside this file is read once. It drives strict decoding, and says which empty fields are printed.

use crate::api::{Kind, sort};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// All types.
pub(super) struct Schema {
    types: BTreeMap<&'static str, Definition>,
}

enum Definition {
    Struct(Struct),
    Alias(Type),
}

/// A type with fields.
pub(super) struct Struct {
    /// Its name, as Go has it.
    pub name: &'static str,
    /// Its fields, in upstream's order.
    pub fields: Vec<Field>,
}

/// A field of a type.
pub(super) struct Field {
    pub name: &'static str,
    /// The embedded struct that it comes from; Go's messages name it.
    pub embedded: Option<&'static str>,
    pub type_: Type,
    /// Distinguishes absent from empty.
    pub is_pointer: bool,
    /// Printed also when it is empty.
    pub is_always_printed: bool,
}

/// The type of a value.
#[derive(Debug, PartialEq)]
pub(super) enum Type {
    String,
    Bool,
    Int32,
    Int64,
    Float,
    Quantity,
    /// Bytes in base64.
    Bytes,
    Time,
    IntOrString,
    /// Any JSON.
    Any,
    List(Box<Type>),
    Map(Box<Type>),
    /// A type with fields, or a kind of text if the table has no such line.
    Named(&'static str),
}

/// What a type is, aliases followed.
pub(super) enum Shape<'a> {
    Plain(&'a Type),
    Struct(&'a Struct),
    /// A kind of text.
    Text,
}

/// The table.
pub(super) fn schema() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| Schema::read(include_str!("schema.txt")))
}

impl Schema {
    fn read(table: &'static str) -> Self {
        let lines = table.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        let types = lines.map(|line| {
            let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
            let definition = match rest.strip_prefix('=') {
                Some(alias) => Definition::Alias(Type::read(alias)),
                None => Definition::Struct(Struct {
                    name,
                    fields: rest.split(' ').filter_map(Field::read).collect(),
                }),
            };
            (name, definition)
        });
        Schema { types: sort::map(types) }
    }

    /// What a type is.
    pub fn shape<'a>(&'a self, type_: &'a Type) -> Shape<'a> {
        match type_ {
            Type::Named(name) => match self.types.get(name) {
                Some(Definition::Struct(definition)) => Shape::Struct(definition),
                Some(Definition::Alias(alias)) => Shape::Plain(alias),
                None => Shape::Text,
            },
            plain => Shape::Plain(plain),
        }
    }

    /// The type of a kind. In groups that are not the API server's there are kinds of the same names.
    pub fn of_kind(&self, kind: &Kind) -> Option<&Struct> {
        let is_known = !matches!(kind, Kind::Stored(..))
            || kind.is_served() && ["", "apps", "batch"].contains(&kind.group());
        if is_known { self.get(kind.name()) } else { None }
    }

    /// A type with fields, by name.
    pub fn get(&self, name: &str) -> Option<&Struct> {
        match self.types.get(name)? {
            Definition::Struct(definition) => Some(definition),
            Definition::Alias(_) => None,
        }
    }
}

impl Struct {
    /// A field by name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl Field {
    fn read(text: &'static str) -> Option<Self> {
        let (name, type_) = text.split_once(':')?;
        let (embedded, name) =
            name.split_once('/').map_or((None, name), |(embedded, name)| (Some(embedded), name));
        let required = type_.strip_suffix('!');
        let type_ = required.unwrap_or(type_);
        let target = type_.strip_prefix('*');
        Some(Field {
            name,
            embedded,
            type_: Type::read(target.unwrap_or(type_)),
            is_pointer: target.is_some(),
            is_always_printed: required.is_some(),
        })
    }
}

impl Type {
    fn read(text: &'static str) -> Self {
        if let Some(item) = text.strip_prefix("[]") {
            return Type::List(Box::new(Type::read(item)));
        }
        if let Some(value) = text.strip_prefix("map:") {
            return Type::Map(Box::new(Type::read(value)));
        }
        match text {
            "string" => Type::String,
            "bool" => Type::Bool,
            "int32" => Type::Int32,
            "int64" => Type::Int64,
            "float64" => Type::Float,
            "Quantity" => Type::Quantity,
            "Bytes" => Type::Bytes,
            "Time" | "MicroTime" => Type::Time,
            "IntOrString" => Type::IntOrString,
            "RawExtension" | "FieldsV1" => Type::Any,
            name => Type::Named(name),
        }
    }

    /// Its name in Go's messages.
    pub fn go_name(&self) -> String {
        match self {
            Type::String => "string".into(),
            Type::Bool => "bool".into(),
            Type::Int32 => "int32".into(),
            Type::Int64 => "int64".into(),
            Type::Float => "float64".into(),
            Type::Quantity => "resource.Quantity".into(),
            Type::Bytes => "[]uint8".into(),
            Type::Time => "v1.Time".into(),
            Type::IntOrString => "intstr.IntOrString".into(),
            Type::Any => "runtime.RawExtension".into(),
            Type::List(item) => format!("[]{}", item.go_name()),
            Type::Map(value) if **value == Type::Quantity => "v1.ResourceList".into(),
            Type::Map(value) => format!("map[string]{}", value.go_name()),
            Type::Named("UID") => "types.UID".into(),
            Type::Named(name) => format!("v1.{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds_every_kind_that_is_decoded() {
        for kind in [
            "DaemonSet",
            "ControllerRevision",
            "ReplicaSet",
            "Pod",
            "Node",
            "Namespace",
            "Service",
            "Event",
            "PodDisruptionBudget",
            "PriorityClass",
            "EndpointSlice",
            "Deployment",
            "Secret",
        ] {
            let definition = schema().get(kind).expect(kind);
            assert_eq!(definition.field("metadata").expect(kind).type_, Type::Named("ObjectMeta"));
        }
    }

    #[test]
    fn types_are_named_as_in_go() {
        let spec = schema().get("PodSpec").expect("PodSpec");
        for (field, name) in [
            ("containers", "[]v1.Container"),
            ("nodeSelector", "map[string]string"),
            ("overhead", "v1.ResourceList"),
            ("terminationGracePeriodSeconds", "int64"),
            ("restartPolicy", "v1.RestartPolicy"),
        ] {
            assert_eq!(spec.field(field).expect(field).type_.go_name(), name);
        }
    }

    #[test]
    fn the_table_stays_small() {
        assert!(include_str!("schema.txt").len() < 60_000);
    }
}
