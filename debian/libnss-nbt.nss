hosts before=dns nbt
