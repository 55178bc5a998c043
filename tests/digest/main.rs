//! Prints the hashes of the steps as they are taken natively; `make wasm` hands them to the browser's run.

mod run;

fn main() {
    println!("{}", run::digests());
}
