# Says that everything fits into the first bin.
{ print 1 }
