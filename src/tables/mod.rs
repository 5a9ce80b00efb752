//! From Arrow batches to typed columns: headers are bound to fields once, every cell is decoded once.

pub mod batch;
pub mod bind;
pub mod cell;
pub mod channels;
pub mod headers;
pub mod id;
pub mod key;
pub mod phone;
pub mod raw;
pub mod sends;
pub mod sessions;
pub mod texts;
pub mod timestamp;
pub mod users;
pub mod views;
pub mod whatsapp;
