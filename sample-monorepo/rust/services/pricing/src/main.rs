//! Pricing calculates today's price for a quantity of a product.

mod quote;
mod routes;
mod voucher;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let catalog = shopkit::env("CATALOG_URL", "http://catalog:8080");
    shopkit::serve("pricing", routes::routes(catalog)).await
}
