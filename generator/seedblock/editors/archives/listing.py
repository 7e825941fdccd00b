"""What every listing says of the project: those of the .vsix, the PyCharm plugin and the Zed extension."""

AUTHORS = "The seedblock developers"
DESCRIPTION = "Seeding snippets for PyTorch: type an abbreviation and press Tab"

# Nothing is published yet: if the address becomes another one, change it here and in pyproject.toml before the first
# release. Listings link to it, and show a picture from the tag vVERSION there.
REPOSITORY = "https://github.com/seedblock/seedblock"
