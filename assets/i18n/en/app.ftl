# What the window says, in English.
# Buttons are verbs; labels say what a thing is in the lessons' terms; an empty place says what will be there.

noisebook = Noisebook

## The map

map = Course map
to-map = To the course map
map-subtitle = Then change the code that did it. Everything here runs on this computer.
map-picture = A picture coming out of noise, at t = { $t }
to-come = to come
page-of = page { $page } of { $pages }
minutes = about { $minutes } minutes
continue = Continue
continue-with = Continue:
begin = Begin
begin-with = Begin with:
lesson-and-page = { $lesson }, page { $page }
no-course = There is no course here

## Header and footer

live = live
live-meaning = Computed on this computer, now.
device-cpu = CPU, { $threads ->
    [one] 1 thread
   *[other] { $threads } threads
}
device-cuda = NVIDIA graphics card
device-metal = Apple graphics card
text-size = Text size and motion
reduced-motion = Less motion
ground = Light or dark
back = Back
next = Next
finish = Finish
go-to-page = Page { $page }: { $title }
key-space = space
hint-play = play
hint-step = one step
hint-run = run the cell
hint-xray = X-ray
hint-race = start or stop the race
hint-grid = make the grid, or stop

## The stage

tab-picture = Picture
tab-xray = X-ray
tab-numbers = Numbers
tab-branches = Branches
tab-code = Code
tab-race = Race
no-code = This page has no Rust of its own.
open-picture = Open a picture
lesson-picture = Back to the lesson's picture
drop-here = Drop the picture here
left-before-saved = Nothing was written: what was to be exported is no longer on the stage. Export it again from there.
no-picture-here = A picture of your own can be dropped where one turns into noise, as in lesson 4.
export = Export
export-moment = This picture (PNG)
export-rates = The rates as a plot (SVG)
export-race = The race as a plot (SVG)
export-race-cell = The chosen pictures (PNG)
export-png = Film strip (PNG)
export-gif = Film (GIF)
export-apng = Film in all colors (APNG)
export-html = Page with a slider (HTML)
save-state = Save this state (Ctrl+S)
save-state-with-picture = Save this state with my picture
save-state-with-data = Save this state with what I brought along
copy-rust = Copy as Rust (Ctrl+Shift+C)
rust-copied = The Rust of this moment is on the clipboard: paste it into a cell.
open-file = Open a state, a notebook or a lesson (Ctrl+O)
no-page-for = No lesson here has the experiment { $experiment }, so the state has no page; get a newer Noisebook.
exported = Saved { $path }
dismiss = Dismiss

## Pictures

the-picture = the picture
guessed-picture = guessed picture
the-noise = the noise
attention-map = where the word was looked at
difference-picture = what the words change
source-picture = the source
fresh-noise = fresh noise
guessed-noise = guessed noise
now = now
next-picture = next
healthy-picture = without the fault
guessed-velocity = guessed velocity
guess-before = guess before
x-before = x before
noise-before = guessed noise before
exhibits-coming = The pictures are being made ready.
by-person = by a person
by-machine = by a machine
picture-of = picture { $number } of { $pictures }
hidden = hidden
shown-on-commit = { $what }
    shown when you commit
not-begun = { $what }
    getting ready
not-computed = { $what }
    not computed yet: play, or take a step
rates = signal { $signal } · noise { $noise }
picture-summary = { $what } at t = { $t }: { $note }

## The timeline

timeline-name = Timeline
timeline-picture = t = { $t } picture
timeline-noise = t = { $t } noise
timeline-exhibit = picture { $number }
first-picture = First picture
picture-before = Picture before
picture-after = Next picture
last-picture = Last picture
strip-moment = Moment t = { $t }
strip-empty = Moment t = { $t }, not shown yet
to-start = To the start
step-back = One step back
play = Play
pause = Pause
step-on = One step on
to-end = To the end
seconds-to-go = { $seconds } s to go
starting = starting
cancel = Cancel
rewind = rewind, seed { $seed }
branch-here = Branch here, at t = { $t }
branch-trunk = from the noise: { $sampler }, { $steps } steps
branch-same = unchanged
branch-name = { $changes } from t = { $t }
branch-beside = beside: { $name }
branch-hold = hold beside
branch-release = put away
branch-hold-name = { $what }: { $name }
branch-remove = Take away: { $name }
branch-at-end = At t = 0 nothing is left to do; go back a step.
branch-difference = { $difference } apart on average; black to white is 2
branches-hint = Stop at any t and press “Branch here”, or change a setting: the run goes on from there in another way, from the very same x.
branches-hint-compare = Hold one of the other runs beside this one: both then follow the knob.
branches-summary = { $branches ->
    [0] No branches yet: { $names }.
    [one] One branch: { $names }.
   *[other] { $branches } branches: { $names }.
}
formula-hidden = The formula of this step is shown when you commit.
formula-none = Here no step is taken: the picture is finished.
formula-summary = { $formula }. From t = { $t } to { $next } in numbers: { $terms }.
rule-ddpm = the mean of what came before, and fresh noise
rule-ddim = mixed anew, with less noise
rule-euler = straight on along the slope
rule-euler-ancestral = a longer step, and fresh noise back
rule-heun-trial = first half: a step on trial
rule-heun-mean = second half: again, with the mean of both slopes
rule-dpmpp-2m = the guess is carried on from the last one
rule-dpmpp-2m-first = with one guess only
rule-unipc = corrected by the new guess, then carried on
rule-flow-euler = straight on along the velocity
pixel = Pixel in row { $row }, column { $column }
pixel-of = Pixel in row { $row }, column { $column } of picture { $picture }
pixel-channel = { $place }, { $color } (click or Enter: the next color)
channel-red = red
channel-green = green
channel-blue = blue
pixel-none = Point at a pixel of a picture to see its numbers and its way; with the keyboard, come here by Tab and move by the arrow keys.
pixel-summary = { $place }, at t = { $t }: { $values }. The arrow keys move on.
rewind-name = Rewind with the same seed
new-seed = new seed

## Settings

setting-schedule = schedule
setting-path = path
setting-sampler = sampler
setting-num-inference-steps = steps
setting-spacing = spacing
setting-label = label
setting-num = pictures
setting-cfg-scale = guidance
setting-prompt = prompt
setting-negative = but not
setting-same-noise = one noise for all
setting-guidance-from = guidance from t
setting-guidance-until = guidance until t
setting-source = source
setting-strength = strength
setting-mask = mask
setting-rounds = rounds
setting-word = word
setting-layer = layer
setting-difference = what the words change
value-same-noise-true = yes
value-same-noise-false = no
value-difference-true = show
value-difference-false = hide
value-guidance-from-2000 = the start
value-guidance-until-0 = the end
value-mask-none = everywhere
value-mask-left = left half
value-mask-right = right half
value-mask-top = upper half
value-mask-bottom = lower half
value-mask-middle = middle
value-mask-painted = painted
value-layer-0 = all
prompt-hint = a red circle left of a blue square
negative-hint = what to leave out
word-known = { $word }: word number { $id }. Nearest to it are { $near }. Press to see where it was looked at, Delete to drop it.
word-unknown = { $word }: the model does not know this word.
word-misspelled = { $word }: the model does not know this word; near it are { $near }.
setting-eta = eta
setting-samplers = samplers
setting-max-steps = up to steps
setting-karras = Karras spacing
value-label-fluent-face = face, Fluent
value-label-noto-face = face, Noto
value-label-openmoji-face = face, OpenMoji
value-label-twemoji-face = face, Twemoji
value-label-fluent-animal = animal, Fluent
value-label-noto-animal = animal, Noto
value-label-openmoji-animal = animal, OpenMoji
value-label-twemoji-animal = animal, Twemoji
value-label-fluent-food = food, Fluent
value-label-noto-food = food, Noto
value-label-openmoji-food = food, OpenMoji
value-label-twemoji-food = food, Twemoji
value-karras-true = on
value-karras-false = off
setting-fault = fault
fault-letter = Fault { $letter }
value-fault-none = none
value-fault-no-time = the network is not told t
value-fault-wrong-alpha-bar = ᾱ instead of √ᾱ
value-fault-no-clamp = no clamp
value-fault-one-jump = one jump
value-fault-eight-pictures = eight training pictures
value-fault-ema-off = no moving average
value-samplers-all = all
value-samplers-steady = without fresh noise
value-samplers-restless = with fresh noise
value-samplers-ddpm-ddim = DDPM, DDIM
value-samplers-euler-heun-2m = Euler, Heun, 2M
value-samplers-ddpm = DDPM
value-samplers-ddim = DDIM
value-samplers-euler = Euler
value-samplers-euler-ancestral = Euler ancestral
value-samplers-heun = Heun
value-samplers-dpmpp-2m = DPM++ 2M
value-samplers-unipc = UniPC
value-samplers-flow-euler = Euler on the flow
value-sampler-ddpm = DDPM
value-sampler-ddim = DDIM
value-sampler-euler = Euler
value-sampler-euler-ancestral = Euler ancestral
value-sampler-heun = Heun
value-sampler-dpmpp-2m = DPM++ 2M
value-sampler-unipc = UniPC
value-sampler-flow-euler = Euler on the flow
value-cfg-scale-1 = 1, off
value-path-shortcut = shortcut
value-path-steps = step by step

## A race

race-outcome = How the race ends
race-empty = Here samplers will race from the same noise. Each mark will be one sampler with one number of steps: how good its pictures are, over what they cost. Start the race.
race-long-path-first = First the long path: where do very many steps from this noise lead?
race-start = Start the race
race-go-on = Go on
race-arrived = { $arrived } of { $racing } have arrived
race-read-axis = read as their label
race-distance-axis = distance
race-over = over
race-calls-axis = network calls
race-seconds-axis = seconds
race-restless = Draws fresh noise in each step
race-long-path = the long path: { $sampler }, { $steps } steps
race-cell = { $sampler }, { $steps } steps
race-cost = { $calls } network calls
race-cost-seconds = { $calls } network calls · { $seconds } s
race-quality = { $share } % read as their label · distance { $distance }
race-distance = distance { $distance } from the long path
race-keep = Keep
race-keep-hint = Hold { $cell } against the next one that you choose (Enter)
race-chosen = { $pictures } pictures of { $cell }
race-kept = To compare: { $pictures } pictures of { $cell }
race-line = { $sampler }: { $first } in { $fewest } steps, { $last } in { $most }
race-summary = Race. { $lines }. Chosen: { $chosen }
race-row = { $what }, { $sampler }: { $values }
setting-schedule-a = schedule A
setting-schedule-b = schedule B
setting-zero-terminal-a = A to pure noise
setting-zero-terminal-b = B to pure noise
setting-zero-terminal = to pure noise
setting-timing = told the
setting-side = side
value-schedule-a-drawn = drawn
value-schedule-b-drawn = drawn
value-schedule-drawn = drawn
value-schedule-model = its own
value-zero-terminal-a-true = yes
value-zero-terminal-a-false = no
value-zero-terminal-b-true = yes
value-zero-terminal-b-false = no
value-zero-terminal-true = yes
value-zero-terminal-false = no
value-timing-noise-level = noise level
value-timing-index = bare index

## A grid

tab-grid = Grid
setting-to = to
to-hint = a blue square
setting-rows = rows
setting-columns = columns
setting-num-rows = number of rows
setting-num-columns = number of columns
value-rows-none = nothing
value-rows-walk = walk
value-rows-cfg-scale = guidance
value-rows-num-inference-steps = steps
value-rows-seed = seed
value-rows-guidance-until = guidance until t
value-columns-none = { value-rows-none }
value-columns-walk = { value-rows-walk }
value-columns-cfg-scale = { value-rows-cfg-scale }
value-columns-num-inference-steps = { value-rows-num-inference-steps }
value-columns-seed = { value-rows-seed }
value-columns-guidance-until = { value-rows-guidance-until }
grid-start = Make the grid
grid-made = { $made } of { $all } pictures
grid-empty = Here a picture will stand for each pair of values. Choose what differs from row to row and from column to column, and make the grid.
grid-outcome = What comes out
grid-all-met = all that was asked for is there
grid-size-missed = a size is not as asked for
grid-position-missed = the objects are right, but not where they were asked to be
grid-shape-missed = the colors are right, but not the shapes
grid-color-missed = a color is missing, or there is one too many
grid-summary = Grid. { $made } of { $all } pictures. Chosen: { $chosen }
export-grid = The grid (PNG)
export-grid-cell = The chosen picture (PNG)

## Two schedules

plot-signal-rate = signal rate √ᾱ
plot-alpha-cumprod = signal power ᾱ
plot-beta = noise β of a step
plot-snr-db = signal to noise, dB
plot-summary = { $what } along t. At t = { $t }: A { $a }, B { $b }. A goes from { $a-first } to { $a-last }, B from { $b-first } to { $b-last }.
schedule-picture = { $side }, { $schedule }, at t = { $t }: signal { $signal }, { $db }
point-name = Point { $number } of { $side }
point-value = t = { $t }, signal rate { $rate }
make-draggable = Drag { $side }
add-point = Add a point to { $side }
## Training

made-now = made from the same noise
made-pictures = what it makes
made-points = made
real-points = real
noised-points = noised
samples-coming = What the network makes will stand here: press play, and it begins to learn.
samples-summary = { $count } pictures made after update { $update }.
prompted-summary = { $count } pictures for “{ $prompt }”.
points-summary = { $made } points made after update { $update }, beside { $real } real ones.
update-of = update { $update }
updates = updates
strip-state = State after update { $t }
strip-no-state = State after update { $t }, not reached yet
train-on-from = train on from update { $update }
train-on-hint = Forgets what it learned after this, and goes on from here with the settings as they are now
from-scratch = from scratch
from-checkpoint = checkpoint
learning-for = learning: { $seconds } s
learned-for = learned for { $seconds } s
not-learned-yet = nothing learned yet
learned-before = as we trained it
loss-by-t = loss by t
loss-coming = The loss will be drawn here as it learns.
bars-coming = How hard each t is will stand here.
loss-summary = The loss over the updates: { $first } at first, { $last } after { $updates } updates.
bars-summary = The loss along t: { $first } at little noise, { $last } at the most, largest at t = { $worst }.
shares = right samples
shares-coming = How many pictures are right will be drawn here as it learns.
shares-summary = How many of the pictures are right, over the updates.
t-of-guess = t at which its guess is shown
shown-to-it = what it is shown
its-guess = its guess
the-truth = the truth
guess-coming = Its guess will stand here, beside the truth.
guess-summary = { $what } at t = { $t }, after update { $update }
arrows-summary = Noised points at t = { $t }, each with an arrow to where the network believes it came from, after update { $update }
own-points = Your own points
own-pictures = Your own pictures
own-pad-hint = Draw, and take the next picture. By keyboard: arrows move, Space paints, Shift and an arrow draw a line.
own-points-hint = Click or drag, eight points at least. By keyboard: arrows move, Space sets a point.
own-points-full = { $count } points are as many as it keeps. Clear, or undo, to set others.
own-pictures-full = { $count } pictures are as many as it keeps. Click one to throw it away, then draw the next.
own-stays = It stays on this computer.
own-back = To what it makes
draw-here = Draw here
set-points-here = Set points here
pad-name = Pad to draw on
pad-summary = { $painted } of 784 pixels painted; cursor in column { $column }, row { $row }
plane-name = Plane to set points on
plane-summary = { $count } points; cursor at x = { $x }, y = { $y }
clear-pad = Clear
next-drawing = Next picture
remove-drawing = Throw away picture { $number }
open-folder = Open a folder
open-folder-hint = Every picture in it is made 32 × 32 pixels small; the folder stays as it is
leave-folder = Leave the folder out
folder-pictures = { $count ->
    [one] 1 picture from { $name }.
   *[other] { $count } pictures from { $name }.
}
folder-skipped = { $more ->
    [0] Not pictures, and skipped: { $names }.
   *[other] Not pictures, and skipped: { $names } and { $more } more.
}
folder-too-many = { $count } more were left out.
train-on-points = { $count ->
    [one] Train on 1 point
   *[other] Train on { $count } points
}
train-on-pictures = { $count ->
    [one] Train on 1 picture
   *[other] Train on { $count } pictures
}
drop-pictures-here = Drop pictures or a folder here to train on them
no-picture-among-points = It learns points here. Choose data of pictures first, then drop yours.
setting-data = data
setting-prediction = it predicts
setting-lr = learning rate
setting-batch-size = batch
setting-ema = average
setting-knows-time = knows t
setting-timesteps = t drawn
setting-weighting = weighting
value-data-digits = digits
value-data-eight-digits = eight digits
value-data-scenes = scenes
value-data-rings = rings
value-data-grid = grid
value-data-moons = moons
value-data-swiss-roll = swiss roll
value-data-drawn-points = your points
value-data-own-pictures = your pictures
value-prediction-sample = the picture
value-prediction-epsilon = the noise
value-prediction-v = v
value-ema-true = on
value-ema-false = off
value-knows-time-true = yes
value-knows-time-false = no
value-timesteps-logit-normal = mostly middle
value-timesteps-uniform = all alike
value-timesteps-shifted = mostly noise
value-weighting-velocity = by noise
value-weighting-none = none
number-update = update
number-loss = loss
number-lr = learning rate
number-adherence = read by the classifier
number-modes = clusters hit
number-coverage = of the data covered
number-copies = copies
number-readable-at = four of five read at update
number-covered-at = covered at update
number-colour = right colors
number-place = colors and places
number-shape = colors and shapes
number-position = and places
number-joint = all that was asked
number-colour-at = four of five in their colors at update
number-shape-at = four of five in their shapes at update
number-place-at = four of five in their places at update

## Two networks at war

one-update = One update, slowly:
play-slowly = slow motion
play-slowly-hint = Rests at every state while it plays
hint-substep = slowly
substep-name = Step { $number }: { $about }
substep-1-name = G makes points
substep-2-name = D judges
substep-3-name = D's loss
substep-4-name = D's gradient
substep-5-name = D moves its weights
substep-6-name = G makes points
substep-7-name = D judges
substep-8-name = G's loss
substep-9-name = where D would have them go
substep-10-name = G moves its weights
substep-1 = G makes { $count } points of fresh chance.
substep-2 = D is shown them, and as many real ones. The larger, the more real to D.
substep-3 = D's loss: { $value }. Large is now what D was wrong about.
substep-4 = How steep that loss is for D's weights, all together: { $value }. Nothing moves yet.
substep-5 = D's weights went a little downhill. Dashed: where its ½ ran before.
substep-6 = D stands still now. G makes { $count } points of fresh chance.
substep-7 = D judges them. The larger, the more real to D.
substep-8 = G's loss: { $value }. Large is now what D saw through.
substep-9 = For each point the way in which it would look more real to D.
substep-10 = G's weights moved, and its points with them: from the pale ones to the full ones.
part-data = real
part-samples = made
part-heat = D's map
part-manifold = bent sheet
part-arrows = arrows
part-hint = Show or hide: { $part } ({ $key })
d-says-here = D says { $says } here
d-says-summary = On average D says { $real } of real ones and { $made } of made ones.
game-patient = the patient
game-cure = the cure
game-rival = the second game
beside-plots = Curves
beside-knobs = Knobs
plot-losses = losses
plot-gradients = length of the gradients
plot-slope = slope of D
plot-distance = distance
plot-modes = clusters hit
plot-coverage = covered
plot-confident = surely read
plot-classes = digits drawn, of ten
second-plot = Second plot: { $what }
curves-coming = Curves will be drawn here as the two learn.
line-summary = { $name } went from { $first } to { $last } in { $x } updates
real-pictures = real ones
made-by-g = made by G
scores-summary = D says: { $scores }.
real-summary = { $count } real pictures. D says: { $scores }.
gradient-brighter = brighter would look more real
gradient-darker = darker would
gradient-summary = Over each picture, in blue and orange, which pixels D would have brighter and which darker.
setting-loss = loss
setting-rival = beside it
setting-scenario = what goes wrong
setting-layers = layers
setting-width = neurons a layer
setting-latent-dim = numbers in z
setting-optimizer = optimizer
setting-lr-generator = rate of G
setting-lr-critic = rate of D
setting-critic-steps = turns of D
setting-penalty = penalty λ
setting-clip = weights up to
value-data-two-heaps = two heaps
value-data-line = line
value-loss-minimax = minimax
value-loss-non-saturating = non-saturating
value-loss-least-squares = least squares
value-loss-hinge = hinge
value-loss-wasserstein = Wasserstein, clipped
value-loss-wasserstein-gp = WGAN-GP
value-rival-none = nothing
value-rival-minimax = minimax
value-rival-non-saturating = non-saturating
value-rival-least-squares = least squares
value-rival-hinge = hinge
value-rival-wasserstein = Wasserstein, clipped
value-rival-wasserstein-gp = WGAN-GP
value-scenario-none = nothing
value-scenario-mode-collapse = mode collapse
value-scenario-strong-discriminator = D too strong
value-scenario-oscillation = oscillation
value-optimizer-adam = Adam
value-optimizer-sgd = SGD
number-loss-critic = D's loss
number-loss-generator = G's loss
number-real-score = D of real ones
number-made-score = D of made ones
number-grad-norm-critic = D's gradient
number-grad-norm-generator = G's gradient
number-slope = slope of D
number-confident = surely read
number-classes = digits drawn
number-modes-ever = most clusters hit at once
number-scenario = what goes wrong
number-rival-loss-critic = D's loss in the second game
number-rival-loss-generator = G's loss in the second game
number-rival-grad-norm-critic = D's gradient in the second game
number-rival-grad-norm-generator = G's gradient in the second game
number-rival-slope = slope of D in the second game
number-rival-distance = distance in the second game
number-rival-modes = clusters hit in the second game
number-rival-coverage = covered in the second game
number-rival-confident = surely read in the second game
number-rival-classes = digits drawn in the second game

## What a generator makes

gallery-coming = Pictures will stand here as soon as they are made.
step-of = step { $step }
frame-of = frame { $frame }
walk-summary = { $count ->
    [one] 1 picture made by G
   *[other] { $count } pictures made by G
}, at step { $step } of the walk.
frames-summary = { $count ->
    [one] 1 clip made by G
   *[other] { $count } clips made by G
}, frame { $step }.
mean-score-summary = Their score: { $score } on average.
judged-picture = the picture
after-steps = { $steps ->
    [one] after 1 step up the score
   *[other] after { $steps } steps up the score
}
judged-summary = { $what }. Its score: { $score }.
what-d-would-change = what D would change
its-score = its score among others
real-scores = real
made-scores = made
shares-below = Lower score: { $real } % of real ones, { $made } % of made ones.
scores-compared = Its score: { $score }. { $shares }
score-over-steps = score, step by step
draw-one = Draw one
own-drawing = Your own digit
own-drawing-hint = Draw a digit. By keyboard: arrows move, Space paints, Shift and an arrow draw a line.
own-back-to-picture = To the verdict
let-it-judge = Let D judge it
your-drawing = your drawing
setting-model = model
setting-to-seed = leads to seed
setting-num-steps = steps
setting-step-size = step
value-model-gan-digits = GAN, digits
value-model-wgan-gp-digits = WGAN-GP, digits
value-model-wgan-gp-emoji = WGAN-GP, emoji
value-model-wgan-gp-moving-digits = WGAN-GP, moving digits
value-path-arc = along an arc
value-path-straight = straight
number-step = step
number-score = score
number-length = length of z
number-jump = change in this step
number-real-share = of real ones score lower
number-made-share = of made ones score lower

## Cells of Rust

cell-name = Rust cell { $number }
cell-hint = Change it as you like. Ctrl+Enter runs it, and what it shows will stand here.
run-cell = Run
run-cell-name = Run cell { $number }
run-cell-hint = Run (Ctrl+Enter). Shift+Enter runs it and goes on to the next; Ctrl+Space suggests how to go on.
run-above = Run all above
run-above-hint = Runs every cell above this one, also those of earlier pages
run-through = Run them, then this
above-not-run = Cells above have not run yet.
stop-cell = Stop
stop-cell-name = Stop cell { $number }
stop-cell-hint = Stop (Ctrl+.)
reset-cell = Reset
reset-cell-name = Reset cell { $number }
reset-cell-hint = The text that the lesson gave it; undo (Ctrl+Z) brings yours back
cell-waiting = waiting
cell-running = running, { $seconds } s
cell-done = done in { $seconds } s
cell-edited = changed since it ran
cell-refused = not compiled
cell-failed = ended with an error
cell-panicked = panicked
cell-interrupted = stopped
cell-died = its process ended
cell-skipped = not run
cell-panicked-because = The cell panicked: { $why }. Variables that it had taken are gone.
cell-died-because = The process of the cells ended: { $why }. All variables are gone; the text of your cells is not.
fault-at = Line { $line }: { $message }
no-suggestions = no suggestions
variables-lost = All variables are gone. Run the cells again from the top.
restart-kernel = Restart
restart-kernel-hint = Forgets all variables and begins anew; the text of your cells stays
try-again = Try again
get-rust = How to get Rust
stop-kernel = Stop making ready
kernel-starting = Getting ready to run cells: { $seconds } s
kernel-building-host = Getting ready to run cells: { $seconds } s. The first time takes several minutes; the lesson goes on meanwhile.
kernel-building-template = Compiling what cells use: { $seconds } s. The first time takes several minutes; the lesson goes on meanwhile.
kernel-no-toolchain = Cells need Rust, and there is none on this computer. Get it from https://rustup.rs, then try again; everything else here works without.
kernel-no-sources = This copy of Noisebook has no sources to compile cells against. Get the archive with sources, or a checkout, and try again; everything else here works without.
kernel-set-up = Cells cannot run yet: { $why }
kernel-ended = The process that runs cells has ended: { $why }. All variables are gone; the text of your cells is not.
output-text = { $lines ->
    [one] 1 line of output
   *[other] { $lines } lines of output
}: { $text }
output-picture = A picture
output-left-out = … { $megabytes } MB more not shown
output-elsewhere = Shown in Jupyter only ({ $what }).
output-broken = What the cell shows cannot be drawn: { $why }.
curves-summary = { $title }, along { $x }: { $curves }
recording-axis = { $name } of the recording

## Notebooks

run-all = Run all
notebook-save = Save
notebook-save-hint = Save (Ctrl+S)
notebook-save-as = Save as …
notebook-changed = not saved
notebook-unsaved = This notebook has changes that are not saved.
notebook-save-and-go = Save them
notebook-discard = Give them up
notebook-stay = Stay here
notebook-other-language = This notebook is written in { $language }. It can be read, changed and saved here, and runs in Jupyter; cells in the window are Rust.
notebook-text = Text { $number }
notebook-text-hint = Text in Markdown, formulas between $ signs
notebook-text-done = Done
notebook-empty-text = An empty text. Double-click or press Enter to write.
notebook-cell-menu = Cell { $number }: more
notebook-edit = Edit this text
notebook-add-code = Add code
notebook-add-text = Add text
notebook-move-up = Move up
notebook-move-down = Move down
notebook-delete = Delete

## Numbers

number-t = t
number-beta = noise β
number-signal-rate = signal rate
number-noise-rate = noise rate
number-alpha-cumprod = ᾱ
number-snr = signal to noise
number-snr-db = in decibels
number-recognized-at = an ideal eye knows it up to t
number-equal-rates-at = as much noise as signal at t
number-recognized-at-b = an ideal eye knows B up to t
number-equal-rates-at-b = as much noise as signal in B at t
number-halfway-steps = steps of A between 10 and −10 dB
number-halfway-steps-b = steps of B between 10 and −10 dB
number-terminal-signal-rate = signal rate at the end
number-terminal-signal-rate-b = signal rate at the end of B
number-beta-b = noise β of B's step
number-signal-rate-b = signal rate of B
number-noise-rate-b = noise rate of B
number-alpha-cumprod-b = ᾱ of B
number-snr-b = signal to noise of B
number-snr-db-b = B in decibels
number-brightness-spread = spread of the made pictures' brightness
number-real-spread = spread of the real pictures' brightness
number-settled-at = settled from t on
number-sampler = sampler
number-steps = steps
number-network-calls = network calls
number-seconds = seconds
number-read-as-label = read as their label
number-distance = distance
number-calls-to-90-percent = calls until 90 % are read
number-calls-to-arrive = calls until it arrives
number-fault = fault
rates-along = along t
rates-plot = the rates
rates-summary = At t = { $t } the signal rate is { $signal } and the noise rate { $noise }.
histogram = pixel values now, in percent; −1 is black, 1 is white
histogram-summary = Of the pixel values { $black } percent are near black and { $white } percent near white.

## Questions

commit = Commit
commit-at = Commit at t = { $t }
your-prediction = Your prediction
move-up = Move up: { $item }
draw-name = Draw { $y } along { $x }
draw-hint = Drag from left to right, or use the arrow keys.
nothing-drawn = nothing drawn yet
you-drew = You drew: { $curve }.
curve-summary = from { $first } at { $from } to { $last } at { $to }
measured-curve = Measured: { $curve }.
your-curve = yours
the-measured-curve = measured
largest-difference = Largest difference { $difference } at { $at }.
undo-stroke = Undo stroke
sorted-of = { $sorted } of { $pictures } sorted
sorted-right = You got { $right } of { $pictures } right.
coin-as-well = A coin does as well or better in { $tries } of 100 tries.
coin-hardly-ever = A coin does as well or better in fewer than 1 of 100 tries.
said-bin = you said { $bin }
it-was = was { $bin }
sorted-cell = You said { $said } and it was { $was }: { $count }.
sorted-mark = Picture { $number }: { $bin }. { $verdict }
you-were-right = You were right.
you-were-wrong = You were wrong.
round-of = Round { $number } of { $rounds }
round-right = It is: { $answer }. You knew it at t = { $t }.
round-wrong = It is: { $truth }. At t = { $t } you said: { $answer }.
ideal-eye = An ideal eye knows it up to t = { $t }.
next-round = Next round
start-over = Start over
thresholds = Where you recognized the pictures, on average:
your-t = at t
your-db = in dB
none-right = –
threshold = { $schedule }: { $right } of { $rounds } right, at t = { $t }, { $db } dB.
keep-words = Keep
change-words = Change
quoted = “{ $words }”
you-said = You said: { $answer }
you-said-at = You said at t = { $t }: { $answer }
it-is = It is: { $answer }
measured = Measured here: { $what } = { $value }
run-to-the-end = Let it run to the end to see the outcome.
move-the-slider = Move the slider to your guess.
question-of = Question { $number } of { $questions }
question-before = Before
question-after = Next question
show-task = Something to do: { $rung }
task-label = Task · { $rung }
rung-view = look
rung-answer = answer
rung-change = change
rung-construct = make
rung-present = show others
rung-fault = find the fault
show-solution = Show the solution
hide-task = Fold away

## Answers for the teacher

answers-profile = profile
answers-number = number
answers-lesson = lesson
answers-page = page
answers-question = question
answers-answer = answer
answers-t = t
answers-right = right
answers-outcome = outcome
save-answers = Save the answers (CSV)
answers-yes = yes
answers-no = no
answers-not-saved = { $path } could not be written: { $why }. Choose another place, or make room.

## When something is wrong

no-thread = The experiments got no thread to run on: { $why }.
profile-newer = Your progress was written by a newer Noisebook. It is kept as { $path }, and this one starts afresh.
profile-broken = Your progress could not be read. It is kept as { $path }, and a new one starts.
profile-not-written = Your progress could not be saved: { $why }. Make room or check the folder; the lessons work all the same.

## Finding, presenting, who is here

search = Search
search-hint = Lessons, words, settings
search-nothing = Nothing here is called that. Try another word.
language = Language
pupil = Learning here: { $name }
pupil-alone = Me
new-pupil = Add a pupil
new-pupil-hint = Name of a new pupil
more = More
undo = Undo (Ctrl+Z)
redo = Redo (Ctrl+Shift+Z)
reset-lesson = Start this lesson afresh (F8)
lesson-reset = The lesson is as new. Undo (Ctrl+Z) brings your answers back.
face-prose = Text
face-stage = Stage
present = Present
present-hint = For a projector: the stage large, questions for the class, notes in a second window
key-question = question
key-reveal = reveal
key-view = view
key-black = black
key-notes = notes
key-leave = leave
answer-on-paper = Everybody decides on paper first.
reveal = Reveal
votes-for = { $number }. { $choice }: { $count ->
    [one] 1 hand
   *[other] { $count } hands
}
more-hands = One more hand for { $choice }
fewer-hands = One hand fewer for { $choice }
black-screen = The screen is dark. Press B or click to go on.
notes-title = Notes for the teacher
notes-place = page { $page } of { $pages } · minute { $minutes }
notes-next = Next: { $title }
