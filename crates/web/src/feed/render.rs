//! Items as RSS 2.0 and as Atom.

use watchpost_model::Timestamp;

use super::item::Item;
use super::xml::Xml;

/// A feed, ready to be written.
pub(super) struct Feed {
    /// Its name.
    pub(super) title: String,
    /// The page that it belongs to.
    pub(super) site: String,
    /// What names it, without the secret of its address.
    pub(super) id: String,
    /// Newest first.
    pub(super) items: Vec<Item>,
}

impl Feed {
    /// When the newest item happened.
    pub(super) fn updated(&self) -> Option<Timestamp> {
        self.items.iter().map(|item| item.time).max()
    }

    /// The feed as RSS 2.0.
    pub(super) fn rss(&self) -> String {
        let mut xml = Xml::new();
        xml.open("rss", &[("version", "2.0")], |xml| {
            xml.open("channel", &[], |xml| {
                xml.text("title", &[], &self.title);
                xml.text("link", &[], &self.site);
                xml.text("description", &[], &self.title);
                if let Some(updated) = self.updated() {
                    xml.text("lastBuildDate", &[], &http_date(updated));
                }
                for item in &self.items {
                    xml.open("item", &[], |xml| rss_item(xml, item));
                }
            });
        });
        xml.finish()
    }

    /// The feed as Atom, which must say when it changed: `now` when nothing ever happened.
    pub(super) fn atom(&self, now: Timestamp) -> String {
        let updated = self.updated().unwrap_or(now.floor_to_hour());
        let mut xml = Xml::new();
        xml.open("feed", &[("xmlns", "http://www.w3.org/2005/Atom")], |xml| {
            xml.text("title", &[], &self.title);
            xml.text("id", &[], &self.id);
            xml.empty("link", &[("href", &self.site)]);
            xml.text("updated", &[], &updated.to_string());
            xml.open("author", &[], |xml| xml.text("name", &[], "Watchpost"));
            for item in &self.items {
                xml.open("entry", &[], |xml| atom_entry(xml, item));
            }
        });
        xml.finish()
    }
}

fn rss_item(xml: &mut Xml, item: &Item) {
    xml.text("title", &[], &item.title);
    xml.text("link", &[], &item.link);
    xml.text("description", &[], &item.summary);
    xml.text("guid", &[("isPermaLink", "false")], &item.id);
    xml.text("pubDate", &[], &http_date(item.time));
}

fn atom_entry(xml: &mut Xml, item: &Item) {
    xml.text("title", &[], &item.title);
    xml.text("id", &[], &item.id);
    xml.empty("link", &[("href", &item.link)]);
    xml.text("updated", &[], &item.time.to_string());
    xml.text("summary", &[], &item.summary);
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`: how RSS and HTTP write a date.
pub(super) fn http_date(moment: Timestamp) -> String {
    let known = jiff::Timestamp::from_second(moment.as_secs());
    let format = "%a, %d %b %Y %H:%M:%S GMT";
    known.map_or_else(
        |_| String::new(),
        |known| known.strftime(format).to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_as_news_readers_want_them() {
        let moment = Timestamp::parse_rfc3339("1994-11-06T08:49:37.5Z").unwrap();
        assert_eq!(http_date(moment), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert!(!http_date(Timestamp::from_micros(i64::MAX)).is_empty());
        assert!(!http_date(Timestamp::from_micros(i64::MIN)).is_empty());
    }
}
