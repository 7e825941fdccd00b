from seeding import fingerprint  # seeding.py: the snippet "seedmodule"

# print(fingerprint(model.state_dict()))
