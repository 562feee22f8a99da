//! The arithmetic of a price: list price, less quantity discount, less voucher.

use serde::Serialize;
use sku::Sku;

use crate::voucher::Voucher;

/// A quantity, and the discount from it on in hundredths of a percent; highest first.
const QUANTITY_DISCOUNTS: [(u32, u64); 2] = [(10, 1200), (3, 500)];

/// The requested product, quantity and voucher.
#[derive(Debug)]
pub struct Order {
    pub sku: Sku,
    pub list_cents: u64,
    pub quantity: u32,
}

/// The price; amounts are euro cents.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Quote {
    pub sku: Sku,
    pub quantity: u32,
    pub unit_cents: u64,
    pub total_cents: u64,
    pub saved_cents: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voucher_error: Option<String>,
}

/// Prices `order`. A voucher that does not apply adds only a remark.
pub fn quote(order: Order, code: Option<&str>) -> Quote {
    let full = order.list_cents * u64::from(order.quantity);
    let discounted = full - share(full, quantity_discount(order.quantity));
    let (total, voucher_error) = match code.map(|code| redeem(code, discounted)) {
        None => (discounted, None),
        Some(Ok(off)) => (discounted - off, None),
        Some(Err(remark)) => (discounted, Some(remark)),
    };
    Quote {
        sku: order.sku,
        quantity: order.quantity,
        unit_cents: order.list_cents,
        total_cents: total,
        saved_cents: full - total,
        voucher_error,
    }
}

fn redeem(code: &str, cents: u64) -> Result<u64, String> {
    let voucher = Voucher::find(code).ok_or_else(|| format!("there is no voucher {code:?}"))?;
    voucher.off(cents)
}

fn quantity_discount(quantity: u32) -> u64 {
    QUANTITY_DISCOUNTS
        .iter()
        .find(|(from, _)| quantity >= *from)
        .map_or(0, |(_, basis_points)| *basis_points)
}

/// A share of `cents` in hundredths of a percent, half a cent rounded up.
pub fn share(cents: u64, basis_points: u64) -> u64 {
    (cents * basis_points + 5_000) / 10_000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn priced(list_cents: u64, quantity: u32, code: Option<&str>) -> (u64, u64) {
        let sku = "TEA-001".parse().unwrap();
        let quote = quote(
            Order {
                sku,
                list_cents,
                quantity,
            },
            code,
        );
        (quote.total_cents, quote.saved_cents)
    }

    #[test]
    fn a_single_item_costs_the_list_price() {
        assert_eq!(priced(1290, 1, None), (1290, 0));
    }

    #[test]
    fn quantities_are_discounted() {
        assert_eq!(priced(1000, 2, None), (2000, 0));
        assert_eq!(priced(1000, 3, None), (2850, 150));
        assert_eq!(priced(1000, 10, None), (8800, 1200));
    }

    #[test]
    fn vouchers_come_after_the_quantity_discount() {
        assert_eq!(priced(1000, 3, Some("SPRING")), (2565, 435));
        assert_eq!(priced(1000, 10, Some("fiver")), (8300, 1700));
    }

    #[test]
    fn a_voucher_that_does_not_apply_adds_only_a_remark() {
        let order = |list_cents| Order {
            sku: "A".parse().unwrap(),
            list_cents,
            quantity: 1,
        };

        let unknown = quote(order(500), Some("NOPE"));
        assert_eq!(unknown.total_cents, 500);
        assert_eq!(
            unknown.voucher_error.unwrap(),
            "there is no voucher \"NOPE\""
        );

        let too_small = quote(order(2999), Some("FIVER"));
        assert_eq!(too_small.total_cents, 2999);
        assert!(too_small.voucher_error.is_some());
    }

    #[test]
    fn half_a_cent_is_rounded_up() {
        assert_eq!(share(10, 500), 1);
        assert_eq!(share(9, 500), 0);
    }
}
