#include "catalog.hpp"

#include <iostream>
#include <utility>

namespace {

constexpr std::chrono::seconds max_age{60};
constexpr int page_size = 100;

Document document(const nlohmann::json& product) {
  const auto name = product.at("name").get<std::string>();
  std::string text = name + ' ' + product.at("description").get<std::string>() + ' ' +
                     product.at("category").get<std::string>();
  for (const auto& tag : product.at("tags")) text += ' ' + tag.get<std::string>();
  return {product.at("sku").get<std::string>(), name, text};
}

}  // namespace

// The pages fetched so far, and the callbacks waiting for them.
struct Catalog::Load {
  shophttp::Request on_behalf_of;
  Use use;
  std::vector<Document> documents = {};
};

void Catalog::with_index(const shophttp::Request& on_behalf_of, Use use) {
  if (is_fresh()) return use(index_.get(), "");
  load_page(std::make_shared<Load>(on_behalf_of, std::move(use)));
}

bool Catalog::is_fresh() const { return index_ && Clock::now() - loaded_ < max_age; }

void Catalog::load_page(const std::shared_ptr<Load>& load) {
  const auto page = url_ + "/products?limit=" + std::to_string(page_size) +
                    "&offset=" + std::to_string(load->documents.size());
  client_.get_json(page, load->on_behalf_of, [this, load](const shophttp::Result& result) {
    if (!result.ok()) return finish(*load, result.error);
    const auto& products = result.data.at("products");
    for (const auto& product : products) load->documents.push_back(document(product));
    const bool is_last =
        products.empty() || load->documents.size() >= result.data.at("total").get<std::size_t>();
    if (is_last) return finish(*load, "");
    load_page(load);
  });
}

void Catalog::finish(const Load& load, const std::string& error) {
  if (error.empty()) {
    index_ = std::make_unique<Index>(load.documents);
    loaded_ = Clock::now();
  } else {
    std::clog << "search: " << error << std::endl;
  }
  load.use(index_.get(), error);
}
