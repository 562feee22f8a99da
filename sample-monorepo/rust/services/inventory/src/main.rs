//! Inventory tracks how many of each product are available, and reserves some
//! for baskets at checkout.

mod ledger;
mod opening;
mod routes;

use ledger::Ledger;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let ledger = Ledger::new(opening::stock()?);
    shopkit::serve("inventory", routes::routes(ledger)).await
}
