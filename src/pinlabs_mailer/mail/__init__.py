"""From words to the bytes of a message. Pure: no SQL, no network, no clock."""
