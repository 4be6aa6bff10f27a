"""The words everybody uses: records, hashtags, settings, errors, languages. Pure, no I/O beyond its own catalogues."""
