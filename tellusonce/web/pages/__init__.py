"""Pages for people: a module a section, beside what all pages share (page, forms, errors, languages, assets)."""
