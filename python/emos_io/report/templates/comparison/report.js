"use strict";
document.documentElement.dataset.ready = "1";
