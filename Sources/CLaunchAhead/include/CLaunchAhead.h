// Linked by the `belljar` program alone: nothing here is called.
#pragma once
