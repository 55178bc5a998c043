//! Reading and printing quantities.

use crate::same;
use playground::api::Quantity;
use serde_json::Value;

/// Numbers that the real code lets overflow are not compared.
pub fn check(input: &Value, expect: &Value) -> Result<(), String> {
    let text = input["quantity"].as_str().ok_or("no quantity")?;
    let quantity = match Quantity::parse(text) {
        Ok(quantity) => quantity,
        Err(error) => return same("error", Some(error.to_string().as_str()), expect["error"].as_str()),
    };
    same("error", None, expect["error"].as_str())?;
    if expect["milliOverflow"] != true {
        same("milliValue", Some(quantity.milli_value().to_string().as_str()), expect["milliValue"].as_str())?;
    }
    if expect["valueOverflow"] != true {
        same("value", Some(quantity.value().to_string().as_str()), expect["value"].as_str())?;
    }
    same("string", Some(quantity.to_string().as_str()), expect["string"].as_str())?;
    same("canonical", Some(quantity.canonical().as_str()), expect["canonical"].as_str())?;
    same("format", Some(format!("{:?}", quantity.format()).as_str()), expect["format"].as_str())?;
    same("sign", Some(i64::from(quantity.sign())), expect["sign"].as_i64())
}
