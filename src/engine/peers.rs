//! What users are compared by besides Id and address, kept only for the users concerned and the rules selected.

use std::sync::Arc;

use super::Engine;
use super::chunk::Records;
use super::entries::VariantEntry;
use super::forms::{Forms, mixed, rarer};
use super::identity::variants;
use super::keys::Partitioned;
use super::select::Selection;
use crate::error::Result;
use crate::findings::outcome::TableFindings;
use crate::model::objects::{Table, user};
use crate::model::picklists::CONSENT;
use crate::rule::{Decide, Identity};
use crate::tables::key::{Key, KeyMap};
use crate::tables::users::User;
use crate::tables::whatsapp::NumberForm;

/// What is kept of a chunk of users or existing users.
#[derive(Debug, Default)]
pub struct Peers {
    /// Forms of WhatsApp numbers.
    pub forms: Forms,
    /// Users by number, for countries whose numbers have two forms.
    pub variants: Partitioned<VariantEntry>,
    /// Addresses that are held as OptedOut.
    pub opted_out: Vec<(Key, u32)>,
}

/// Gathers it.
#[derive(Debug)]
pub struct PeerCollector {
    form_of: Option<fn(User<'_>) -> Option<NumberForm>>,
    with_variants: bool,
    with_opted_out: bool,
    variants: Vec<VariantEntry>,
    peers: Peers,
}

impl PeerCollector {
    /// Keeps what the selected rules ask for.
    #[must_use]
    pub fn new(selection: &Selection, table: Table) -> Self {
        let form_of = selection.on(table).find_map(|active| match active.rule.decide {
            Decide::Rarer(form_of) => Some(form_of),
            _ => None,
        });
        let by_variant = |decide: &Decide| matches!(decide, Decide::First(Identity::Variant));
        Self {
            form_of,
            with_variants: selection.all().any(|active| by_variant(&active.rule.decide)),
            with_opted_out: table == Table::ExistingUsers,
            variants: Vec::new(),
            peers: Peers::default(),
        }
    }

    /// Takes the records of a batch whose first one has number `first`.
    pub fn collect(&mut self, records: &Records<'_>, first: u32) {
        let Records::Users(users) = records else { return };
        for (user, row) in users.iter().zip(first..) {
            if let Some(form) = self.form_of.and_then(|form_of| form_of(user)) {
                self.peers.forms.add(user.link().key, row, form);
            }
            if self.with_variants
                && let Some(variant) = user.variant()
            {
                let id = user.batch().id(user::ID, user.row).key;
                self.variants.push(VariantEntry { number: variant.number, id, row, long: variant.long });
            }
            let consent = user.batch().pick(user::CONSENT, user.row);
            if self.with_opted_out && user.address().is_some() && consent.is(const { CONSENT.position("OptedOut") }) {
                self.peers.opted_out.push((user.address(), row));
            }
        }
    }

    /// What was kept, in order.
    #[must_use]
    pub fn finish(self) -> Peers {
        let mut peers = self.peers;
        peers.forms.shrink();
        peers.variants = Partitioned::new(&self.variants);
        peers
    }
}

/// The first record in the org that holds an address as OptedOut, by address.
#[must_use]
pub fn opted_out(existing: &[Peers]) -> KeyMap<u32> {
    let mut by_address = KeyMap::default();
    for (address, row) in existing.iter().flat_map(|chunk| &chunk.opted_out) {
        by_address.entry(*address).or_insert(*row);
    }
    by_address
}

impl Engine {
    /// Compares all users, once the last of them was read.
    pub(super) fn compare_users(&mut self, users: Vec<Peers>, findings: &mut TableFindings) -> Result<()> {
        let (forms, variants): (Vec<_>, Vec<_>) = users.into_iter().map(|chunk| (chunk.forms, chunk.variants)).unzip();
        self.rarer_forms(&forms, findings);
        self.other_variants(&variants, findings)
    }

    fn rarer_forms(&mut self, users: &[Forms], findings: &mut TableFindings) {
        let Some(bit) = self.runs_on_users(|decide| matches!(decide, Decide::Rarer(_))) else { return };
        let mixed = self.whole.as_ref().map_or_else(|| mixed(users), |whole| whole.number_forms.clone());
        let (rows, tally) = rarer(users, &mixed);
        findings.count(bit, tally);
        rows.into_iter().for_each(|row| findings.fail(row, bit, None));
        Arc::make_mut(&mut self.context).number_forms = Arc::new(mixed);
    }

    fn other_variants(&self, users: &[Partitioned<VariantEntry>], findings: &mut TableFindings) -> Result<()> {
        let wanted = |decide: &Decide| matches!(decide, Decide::First(Identity::Variant));
        let Some(bit) = self.runs_on_users(wanted) else { return Ok(()) };
        for (repeats, tally) in self.partitions(|partition| variants(users, &self.variants_in_org, partition))? {
            findings.count(bit, tally);
            repeats.into_iter().for_each(|(row, other)| findings.fail(row, bit, Some(other)));
        }
        Ok(())
    }

    /// The bit of the rule that decides in some way, if it can run on users.
    fn runs_on_users(&self, wanted: impl Fn(&Decide) -> bool) -> Option<u8> {
        let mut active = self.selection.on(Table::Users).filter(|active| wanted(&active.rule.decide));
        active.next().filter(|active| self.context.meets(active.rule, Table::Users).is_ok()).map(|active| active.bit)
    }
}
