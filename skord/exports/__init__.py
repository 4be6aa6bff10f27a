"""Taking the archive out: in lines, as a table, as a package for the e-archive; and a package in again."""
