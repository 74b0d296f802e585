"""The tables of the exports: each says its columns, what is in them and its rows. Files and API are made of them."""
