from seeding import fingerprint  # seeding.py: the snippet "seeding"

# print(fingerprint(model.state_dict()))
