//! Recommend suggests products that go well with a basket.

mod model;
mod routes;

use model::Model;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let model = Model::load(shopkit::env("MODEL_FILE", "data/model.json").as_ref())?;
    let inventory = shopkit::env("INVENTORY_URL", "http://inventory:8080");
    shopkit::serve("recommend", routes::routes(model, inventory)).await
}
