"""One SQL store: plain SQL text, numbered migrations, and a small connection protocol with an adapter per database."""
