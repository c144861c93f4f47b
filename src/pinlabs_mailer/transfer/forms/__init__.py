"""The forms of file that can be read, one module each, all of the same shape.

`arrange` gets the columns and the name of a file and returns what turns a record into `Stated`.
It raises BadInput for a file that is not of its form.
"""
