//! Inventory knows how many of each product can be had, and holds some back
//! for baskets on their way to the till.

mod ledger;
mod opening;
mod routes;

use ledger::Ledger;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let ledger = Ledger::new(opening::stock()?);
    shopkit::serve("inventory", routes::routes(ledger)).await
}
