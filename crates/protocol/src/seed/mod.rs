//! Records of the first protocol (2010 to 2011) to `Event`. Called by `event::parse`.
