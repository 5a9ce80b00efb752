//! Salesforce facts: objects and their fields, picklists, channels.

pub mod catalog;
pub mod channel;
pub mod objects;
pub mod picklists;
