//! The valid vouchers.

use crate::quote::share;

#[derive(Debug)]
enum Worth {
    /// Hundredths of a percent of the total.
    Share(u64),
    Cents(u64),
}

/// A code that gives a discount from a minimum total on.
#[derive(Debug)]
pub struct Voucher {
    code: &'static str,
    worth: Worth,
    minimum_cents: u64,
}

const VOUCHERS: [Voucher; 2] = [
    Voucher {
        code: "SPRING",
        worth: Worth::Share(1000),
        minimum_cents: 0,
    },
    Voucher {
        code: "FIVER",
        worth: Worth::Cents(500),
        minimum_cents: 3000,
    },
];

impl Voucher {
    /// The voucher with this code; case is ignored, because people type them.
    pub fn find(code: &str) -> Option<&'static Self> {
        VOUCHERS
            .iter()
            .find(|voucher| voucher.code.eq_ignore_ascii_case(code))
    }

    /// The discount on `cents`, in cents, or why there is none.
    pub fn off(&self, cents: u64) -> Result<u64, String> {
        if cents < self.minimum_cents {
            return Err(format!(
                "{} needs a total of {} cents",
                self.code, self.minimum_cents
            ));
        }
        Ok(match self.worth {
            Worth::Share(basis_points) => share(cents, basis_points),
            Worth::Cents(off) => off.min(cents),
        })
    }
}
