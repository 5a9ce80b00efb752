//! Compiles the world's numbering plans into tables, so that nothing is read, parsed or built when the product starts.
//!
//! The source is libphonenumber's metadata as the crate `phonenumber` carries it. Two things come of it: one automaton
//! over the digits of an international number, whose states say region and kind ([`plan`]), and what each region dials
//! in front of its national and international numbers ([`regions`]).

#[path = "build/patterns.rs"]
mod patterns;
#[path = "build/plan.rs"]
mod plan;
#[path = "build/regions.rs"]
mod regions;

use std::error::Error;
use std::fs;
use std::path::Path;

use phonenumber::metadata::DATABASE;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=build");
    // The regions of each calling code in libphonenumber's order: the main one first.
    let mut codes = Vec::new();
    let mut names = vec!["001"];
    for code in 1..=999_u16 {
        if let Some(regions) = DATABASE.by_code(&code) {
            names.extend(regions.iter().map(|region| region.id()));
            codes.push((code, regions));
        }
    }
    names.sort_unstable();
    names.dedup();

    let out = std::env::var("OUT_DIR")?;
    let automaton = plan::compile(&codes, &names)?;
    fs::write(Path::new(&out).join("plan.bin"), automaton)?;
    fs::write(Path::new(&out).join("regions.rs"), regions::compile(&codes, &names)?)?;
    Ok(())
}
