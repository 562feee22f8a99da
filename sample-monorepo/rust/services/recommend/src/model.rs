//! Suggests products that are often bought together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fs, io};

use serde::{Deserialize, Serialize};

/// Counts from past orders.
#[derive(Debug, Deserialize)]
pub struct Model {
    /// The number of orders with each product.
    orders: BTreeMap<String, u32>,
    /// The number of orders with both of two products.
    together: Vec<(String, String, u32)>,
}

/// A product and its score; only the order of scores has a meaning.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suggestion {
    pub sku: String,
    pub score: f64,
}

impl Model {
    pub fn load(path: &Path) -> io::Result<Self> {
        let explain =
            |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        let text = fs::read(path).map_err(explain)?;
        serde_json::from_slice(&text).map_err(|error| explain(error.into()))
    }

    /// Suggestions for `basket`, best first, without its own products. An
    /// empty basket gets popular products.
    pub fn suggest(&self, basket: &BTreeSet<&str>) -> Vec<Suggestion> {
        let scores = if basket.is_empty() {
            self.popularity()
        } else {
            self.similarity(basket)
        };
        let mut suggestions: Vec<_> = scores
            .into_iter()
            .map(|(sku, score)| Suggestion {
                sku: sku.to_owned(),
                score,
            })
            .collect();
        // The sort is stable, so equal scores stay in the order of their SKUs.
        suggestions.sort_by(|a, b| b.score.total_cmp(&a.score));
        suggestions
    }

    fn popularity(&self) -> BTreeMap<&str, f64> {
        self.orders
            .iter()
            .map(|(sku, orders)| (sku.as_str(), f64::from(*orders)))
            .collect()
    }

    /// The sum of cosine similarities to the products in the basket. The cosine
    /// keeps best-sellers, bought with everything, from winning everywhere.
    fn similarity(&self, basket: &BTreeSet<&str>) -> BTreeMap<&str, f64> {
        let mut scores = BTreeMap::new();
        for (a, b, count) in &self.together {
            let other = match (basket.contains(a.as_str()), basket.contains(b.as_str())) {
                (true, false) => b,
                (false, true) => a,
                _ => continue,
            };
            *scores.entry(other.as_str()).or_default() += f64::from(*count) / self.norm(a, b);
        }
        scores
    }

    fn norm(&self, a: &str, b: &str) -> f64 {
        let orders = |sku| f64::from(*self.orders.get(sku).unwrap_or(&1));
        (orders(a) * orders(b)).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggested(basket: &[&str]) -> Vec<String> {
        let model: Model = serde_json::from_str(
            r#"{"orders": {"A": 100, "B": 4, "C": 100, "D": 9},
                "together": [["A", "B", 4], ["A", "C", 10], ["C", "D", 3]]}"#,
        )
        .unwrap();
        let basket = basket.iter().copied().collect();
        model
            .suggest(&basket)
            .into_iter()
            .map(|suggestion| suggestion.sku)
            .collect()
    }

    #[test]
    fn an_empty_basket_gets_popular_products() {
        assert_eq!(suggested(&[]), ["A", "C", "D", "B"]);
    }

    #[test]
    fn related_products_rank_above_best_sellers() {
        assert_eq!(suggested(&["A"]), ["B", "C"]);
    }

    #[test]
    fn products_in_the_basket_are_not_suggested() {
        assert_eq!(suggested(&["A", "C"]), ["B", "D"]);
    }

    #[test]
    fn an_unknown_product_suggests_nothing() {
        assert!(suggested(&["Z"]).is_empty());
    }

    #[test]
    fn the_shipped_model_loads() {
        let model = Model::load("data/model.json".as_ref()).unwrap();
        assert!(!model.suggest(&BTreeSet::new()).is_empty());
    }

    #[test]
    fn the_error_names_a_missing_model() {
        let error = Model::load("nowhere.json".as_ref()).unwrap_err();
        assert!(error.to_string().starts_with("nowhere.json: "), "{error}");
    }
}
