//! Stock and reservations. It has no clock: callers pass the time.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use sku::Sku;

/// How long a reservation is valid.
pub const HOLD: Duration = Duration::from_secs(15 * 60);

pub type ReservationId = u64;

#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    UnknownSku,
    UnknownReservation,
    NotEnough { available: u32 },
}

#[derive(Debug)]
struct Reservation {
    sku: Sku,
    quantity: u32,
    expires: Instant,
}

/// The stock and its reservations.
#[derive(Debug)]
pub struct Ledger {
    on_hand: BTreeMap<Sku, u32>,
    reservations: BTreeMap<ReservationId, Reservation>,
    next_id: ReservationId,
}

impl Ledger {
    pub fn new(on_hand: BTreeMap<Sku, u32>) -> Self {
        Self {
            on_hand,
            reservations: BTreeMap::new(),
            next_id: 1,
        }
    }

    /// How many of `sku` can still be reserved; `None` if it is unknown.
    pub fn available(&self, sku: &Sku, now: Instant) -> Option<u32> {
        let reserved: u32 = self
            .reservations
            .values()
            .filter(|held| held.sku == *sku && held.expires > now)
            .map(|held| held.quantity)
            .sum();
        self.on_hand.get(sku).map(|on_hand| on_hand - reserved)
    }

    /// Reserves `quantity` of `sku` until `now + HOLD`.
    pub fn reserve(
        &mut self,
        sku: Sku,
        quantity: u32,
        now: Instant,
    ) -> Result<ReservationId, Refusal> {
        self.forget_expired(now);
        let available = self.available(&sku, now).ok_or(Refusal::UnknownSku)?;
        if quantity > available {
            return Err(Refusal::NotEnough { available });
        }
        let id = self.next_id;
        self.next_id += 1;
        self.reservations.insert(
            id,
            Reservation {
                sku,
                quantity,
                expires: now + HOLD,
            },
        );
        Ok(id)
    }

    /// Cancels a reservation; its goods are available again.
    pub fn release(&mut self, id: ReservationId, now: Instant) -> Result<(), Refusal> {
        self.take(id, now).map(drop)
    }

    /// Completes a reservation; its goods are removed from the stock.
    pub fn commit(&mut self, id: ReservationId, now: Instant) -> Result<(), Refusal> {
        let sold = self.take(id, now)?;
        if let Some(on_hand) = self.on_hand.get_mut(&sold.sku) {
            *on_hand -= sold.quantity;
        }
        Ok(())
    }

    fn take(&mut self, id: ReservationId, now: Instant) -> Result<Reservation, Refusal> {
        self.forget_expired(now);
        self.reservations
            .remove(&id)
            .ok_or(Refusal::UnknownReservation)
    }

    fn forget_expired(&mut self, now: Instant) {
        self.reservations.retain(|_, held| held.expires > now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tea() -> Sku {
        "TEA-001".parse().unwrap()
    }

    fn ledger() -> (Ledger, Instant) {
        (Ledger::new(BTreeMap::from([(tea(), 5)])), Instant::now())
    }

    #[test]
    fn reserved_goods_are_not_available() {
        let (mut ledger, now) = ledger();
        ledger.reserve(tea(), 3, now).unwrap();
        assert_eq!(ledger.available(&tea(), now), Some(2));
        assert_eq!(
            ledger.reserve(tea(), 3, now),
            Err(Refusal::NotEnough { available: 2 })
        );
    }

    #[test]
    fn a_reservation_expires() {
        let (mut ledger, now) = ledger();
        let id = ledger.reserve(tea(), 5, now).unwrap();
        let later = now + HOLD;
        assert_eq!(ledger.available(&tea(), later), Some(5));
        assert_eq!(ledger.commit(id, later), Err(Refusal::UnknownReservation));
    }

    #[test]
    fn released_goods_become_available_and_committed_goods_do_not() {
        let (mut ledger, now) = ledger();
        let [first, second] = [2, 2].map(|n| ledger.reserve(tea(), n, now).unwrap());
        ledger.release(first, now).unwrap();
        ledger.commit(second, now).unwrap();
        assert_eq!(ledger.available(&tea(), now), Some(3));
        assert_eq!(ledger.release(first, now), Err(Refusal::UnknownReservation));
    }

    #[test]
    fn an_unknown_product_cannot_be_reserved() {
        let (mut ledger, now) = ledger();
        let mug: Sku = "MUG-001".parse().unwrap();
        assert_eq!(ledger.available(&mug, now), None);
        assert_eq!(ledger.reserve(mug, 1, now), Err(Refusal::UnknownSku));
    }
}
