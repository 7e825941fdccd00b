"""What is in a file, by its format, and the first part in which two files differ. Pure: a stream of bytes in, parts out."""
