#!/usr/bin/env node
// The main jobs on real data, told step by step: two published versions of a real data set (the npm packages
// vega-datasets 2.x and 3.x). Everything happens in a new folder below the system's temporary one.
//
//   node .ci/demo.mjs [--keep]     --keep leaves the folder and says where it is
import { leave } from './demo/stage.mjs'
import { versions } from './demo/versions.mjs'
import { subsets } from './demo/subsets.mjs'

versions()
subsets()
leave({ keep: process.argv.includes('--keep') })
