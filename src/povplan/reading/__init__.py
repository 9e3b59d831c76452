"""A sheet's raw cells → typed rows of the ledgers it feeds, every value with its cell.

`heads` reads the upper rows, `headers` finds the form and its columns, `lines` tells data from totals and
notes, `columns` and `typed` read values, `totals` checks printed sums, `tables` puts it together.
"""
