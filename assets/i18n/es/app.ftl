# Lo que dice la ventana, en español.

noisebook = Noisebook

## El mapa

map = Mapa del curso
to-map = Al mapa del curso
map-subtitle = Y luego cambia el código que lo hizo. Todo funciona en este ordenador.
map-picture = Una imagen que sale del ruido, en t = { $t }
to-come = próximamente
page-of = página { $page } de { $pages }
minutes = unos { $minutes } minutos
continue = Continuar
continue-with = Continuar:
begin = Empezar
begin-with = Empezar por:
lesson-and-page = { $lesson }, página { $page }
no-course = Aquí no hay ningún curso

## Cabecera y pie

live = en vivo
live-meaning = Calculado en este ordenador, ahora.
device-cpu = CPU, { $threads ->
    [one] 1 hilo
   *[other] { $threads } hilos
}
device-cuda = tarjeta gráfica NVIDIA
device-metal = gráficos de Apple
text-size = Tamaño del texto y movimiento
reduced-motion = Menos movimiento
ground = Claro u oscuro
back = Atrás
next = Siguiente
finish = Terminar
go-to-page = Página { $page }: { $title }
key-space = espacio
hint-play = reproducir
hint-step = un paso
hint-run = ejecutar la celda
hint-xray = rayos X
hint-race = empezar o parar la carrera
hint-grid = hacer la cuadrícula, o parar

## El escenario

tab-picture = Imagen
tab-xray = Rayos X
tab-branches = Ramas
tab-numbers = Números
tab-code = Código
tab-race = Carrera
no-code = Esta página no tiene Rust propio.
open-picture = Abrir una imagen
lesson-picture = Volver a la imagen de la lección
drop-here = Suelta la imagen aquí
left-before-saved = No se ha escrito nada: lo que querías exportar ya no está en el escenario. Expórtalo de nuevo desde allí.
no-picture-here = Puedes soltar una imagen tuya donde una se convierte en ruido, como en la lección 4.
export = Exportar
export-moment = Esta imagen (PNG)
export-rates = Las tasas en un gráfico (SVG)
export-race = La carrera como gráfica (SVG)
export-race-cell = Las imágenes elegidas (PNG)
export-png = Tira de fotogramas (PNG)
export-gif = Película (GIF)
export-html = Página con deslizador (HTML)
save-state = Guardar este estado (Ctrl+S)
save-state-with-picture = Guardar este estado con mi imagen
save-state-with-data = Guardar este estado con lo que he traído
copy-rust = Copiar como Rust (Ctrl+Mayús+C)
rust-copied = El Rust de este momento está en el portapapeles: pégalo en una celda.
open-file = Abrir un estado, un cuaderno o una lección (Ctrl+O)
no-page-for = Aquí ninguna lección tiene el experimento { $experiment }, así que el estado no tiene página; consigue un Noisebook más nuevo.
exported = Guardado en { $path }
dismiss = Cerrar

## Imágenes

the-picture = la imagen
guessed-picture = imagen supuesta
the-noise = el ruido
guessed-velocity = velocidad estimada
guess-before = estimación anterior
x-before = x anterior
noise-before = ruido estimado antes
attention-map = dónde se miró la palabra
difference-picture = lo que cambian las palabras
source-picture = el original
fresh-noise = ruido nuevo
guessed-noise = ruido supuesto
now = ahora
next-picture = siguiente
healthy-picture = sin el fallo
hidden = oculto
shown-on-commit = { $what }
    se muestra cuando confirmas
not-begun = { $what }
    preparándose
not-computed = { $what }
    aún sin calcular: reproduce o da un paso
rates = señal { $signal } · ruido { $noise }
picture-summary = { $what } en t = { $t }: { $note }

## La línea de tiempo

timeline-name = Línea de tiempo
timeline-picture = t = { $t } imagen
timeline-noise = t = { $t } ruido
strip-moment = Momento t = { $t }
strip-empty = Momento t = { $t }, aún no mostrado
to-start = Al principio
step-back = Un paso atrás
play = Reproducir
pause = Pausa
step-on = Un paso adelante
to-end = Al final
seconds-to-go = faltan { $seconds } s
starting = empezando
cancel = Cancelar
rewind = rebobinar, semilla { $seed }
branch-here = Ramificar aquí, en t = { $t }
branch-trunk = desde el ruido: { $sampler }, { $steps } pasos
branch-same = sin cambios
branch-name = { $changes } desde t = { $t }
branch-beside = al lado: { $name }
branch-hold = poner al lado
branch-release = apartar
branch-hold-name = { $what }: { $name }
branch-remove = Quitar: { $name }
branch-at-end = En t = 0 ya no queda nada por hacer; retrocede un paso.
branch-difference = { $difference } de diferencia media; de negro a blanco hay 2
branches-hint = Detente en cualquier t y pulsa «Ramificar aquí», o cambia un ajuste: desde ahí se sigue de otro modo, con la misma x.
branches-hint-compare = Pon al lado otra de las ramas: las dos siguen entonces al mando.
branches-summary = { $branches ->
    [0] Aún no hay ramas: { $names }.
    [one] Una rama: { $names }.
   *[other] { $branches } ramas: { $names }.
}
formula-hidden = La fórmula de este paso se muestra cuando te decidas.
formula-none = Aquí no se da ningún paso: la imagen está terminada.
formula-summary = { $formula }. De t = { $t } a { $next } en números: { $terms }.
rule-ddpm = la media de lo anterior, y ruido nuevo
rule-ddim = mezclado de nuevo, con menos ruido
rule-euler = recto, según la pendiente
rule-euler-ancestral = un paso más largo, y ruido nuevo de vuelta
rule-heun-trial = primera mitad: un paso de prueba
rule-heun-mean = segunda mitad: otra vez, con la media de ambas pendientes
rule-dpmpp-2m = la estimación se prolonga desde la anterior
rule-dpmpp-2m-first = con una sola estimación
rule-unipc = corregido por la nueva estimación, y prolongado
rule-flow-euler = recto, según la velocidad
pixel = Píxel en la fila { $row }, columna { $column }
pixel-of = Píxel en la fila { $row }, columna { $column } de la imagen { $picture }
pixel-channel = { $place }, { $color } (clic o Intro: el color siguiente)
channel-red = rojo
channel-green = verde
channel-blue = azul
pixel-none = Señala un píxel de una imagen para ver sus números y su camino; con el teclado, llega aquí con Tab y muévete con las flechas.
pixel-summary = { $place }, en t = { $t }: { $values }. Las flechas siguen adelante.
rewind-name = Rebobinar con la misma semilla
new-seed = nueva semilla

## Ajustes

setting-schedule = programa de ruido
setting-path = camino
setting-sampler = muestreador
setting-num-inference-steps = pasos
setting-spacing = reparto
setting-label = etiqueta
setting-num = imágenes
setting-cfg-scale = guía
setting-prompt = petición
setting-negative = pero no
setting-same-noise = un ruido para todas
setting-guidance-from = guía desde t
setting-guidance-until = guía hasta t
setting-source = original
setting-strength = fuerza
setting-mask = máscara
setting-rounds = rondas
setting-word = palabra
setting-layer = capa
setting-difference = lo que cambian las palabras
value-same-noise-true = sí
value-same-noise-false = no
value-difference-true = mostrar
value-difference-false = ocultar
value-guidance-from-2000 = el principio
value-guidance-until-0 = el final
value-mask-none = en todas partes
value-mask-left = mitad izquierda
value-mask-right = mitad derecha
value-mask-top = mitad superior
value-mask-bottom = mitad inferior
value-mask-middle = centro
value-mask-painted = pintada
value-layer-0 = todas
prompt-hint = a red circle left of a blue square
negative-hint = lo que no debe salir
word-known = { $word }: palabra número { $id }. Las más cercanas son { $near }. Pulsa para ver dónde se miró; Supr la quita.
word-unknown = { $word }: el modelo no conoce esta palabra.
word-misspelled = { $word }: el modelo no conoce esta palabra; se parecen { $near }.
setting-eta = eta
setting-samplers = muestreadores
setting-max-steps = hasta pasos
setting-karras = pasos de Karras
value-label-fluent-face = cara, Fluent
value-label-noto-face = cara, Noto
value-label-openmoji-face = cara, OpenMoji
value-label-twemoji-face = cara, Twemoji
value-label-fluent-animal = animal, Fluent
value-label-noto-animal = animal, Noto
value-label-openmoji-animal = animal, OpenMoji
value-label-twemoji-animal = animal, Twemoji
value-label-fluent-food = comida, Fluent
value-label-noto-food = comida, Noto
value-label-openmoji-food = comida, OpenMoji
value-label-twemoji-food = comida, Twemoji
value-karras-true = sí
value-karras-false = no
setting-fault = fallo
fault-letter = Fallo { $letter }
value-fault-none = ninguno
value-fault-no-time = a la red no se le dice t
value-fault-wrong-alpha-bar = ᾱ en vez de √ᾱ
value-fault-no-clamp = sin recorte
value-fault-one-jump = un solo salto
value-fault-eight-pictures = ocho imágenes de entrenamiento
value-fault-ema-off = sin media móvil
value-samplers-all = todos
value-samplers-steady = sin ruido nuevo
value-samplers-restless = con ruido nuevo
value-samplers-ddpm-ddim = DDPM, DDIM
value-samplers-euler-heun-2m = Euler, Heun, 2M
value-samplers-ddpm = DDPM
value-samplers-ddim = DDIM
value-samplers-euler = Euler
value-samplers-euler-ancestral = Euler ancestral
value-samplers-heun = Heun
value-samplers-dpmpp-2m = DPM++ 2M
value-samplers-unipc = UniPC
value-samplers-flow-euler = Euler en el flujo
value-sampler-ddpm = DDPM
value-sampler-ddim = DDIM
value-sampler-euler = Euler
value-sampler-euler-ancestral = Euler ancestral
value-sampler-heun = Heun
value-sampler-dpmpp-2m = DPM++ 2M
value-sampler-unipc = UniPC
value-sampler-flow-euler = Euler en el flujo
value-cfg-scale-1 = 1, sin guía
value-path-shortcut = atajo
value-path-steps = paso a paso

## Una carrera

race-outcome = Cómo acaba la carrera
race-empty = Aquí correrán los muestreadores desde el mismo ruido. Cada marca será un muestreador con un número de pasos: lo buenas que son sus imágenes según lo que cuestan. Empieza la carrera.
race-long-path-first = Primero el camino largo: ¿adónde llevan muchísimos pasos desde este ruido?
race-start = Empezar la carrera
race-go-on = Seguir
race-arrived = han llegado { $arrived } de { $racing }
race-read-axis = leídos como su etiqueta
race-distance-axis = distancia
race-over = según
race-calls-axis = preguntas a la red
race-seconds-axis = segundos
race-restless = Sortea ruido nuevo en cada paso
race-long-path = el camino largo: { $sampler }, { $steps } pasos
race-cell = { $sampler }, { $steps } pasos
race-cost = { $calls } preguntas a la red
race-cost-seconds = { $calls } preguntas a la red · { $seconds } s
race-quality = { $share } % leídos como su etiqueta · distancia { $distance }
race-distance = distancia { $distance } del camino largo
race-keep = Guardar
race-keep-hint = Comparar { $cell } con la próxima que elijas (Entrar)
race-chosen = { $pictures } imágenes de { $cell }
race-kept = Para comparar: { $pictures } imágenes de { $cell }
race-line = { $sampler }: { $first } en { $fewest } pasos, { $last } en { $most }
race-summary = Carrera. { $lines }. Elegida: { $chosen }
race-row = { $what }, { $sampler }: { $values }
setting-schedule-a = programa A
setting-schedule-b = programa B
setting-zero-terminal-a = A hasta ruido puro
setting-zero-terminal-b = B hasta ruido puro
setting-zero-terminal = hasta ruido puro
setting-timing = se le dice
setting-side = lado
value-schedule-a-drawn = dibujado
value-schedule-b-drawn = dibujado
value-schedule-drawn = dibujado
value-schedule-model = el suyo
value-zero-terminal-a-true = sí
value-zero-terminal-a-false = no
value-zero-terminal-b-true = sí
value-zero-terminal-b-false = no
value-zero-terminal-true = sí
value-zero-terminal-false = no
value-timing-noise-level = el nivel de ruido
value-timing-index = el índice solo

## Una cuadrícula

tab-grid = Cuadrícula
setting-to = hasta
to-hint = a blue square
setting-rows = filas
setting-columns = columnas
setting-num-rows = número de filas
setting-num-columns = número de columnas
value-rows-none = nada
value-rows-walk = camino
value-rows-cfg-scale = guía
value-rows-num-inference-steps = pasos
value-rows-seed = semilla
value-rows-guidance-until = guía hasta t
value-columns-none = { value-rows-none }
value-columns-walk = { value-rows-walk }
value-columns-cfg-scale = { value-rows-cfg-scale }
value-columns-num-inference-steps = { value-rows-num-inference-steps }
value-columns-seed = { value-rows-seed }
value-columns-guidance-until = { value-rows-guidance-until }
grid-start = Hacer la cuadrícula
grid-made = { $made } de { $all } imágenes
grid-empty = Aquí habrá una imagen para cada par de valores. Elige qué cambia de fila en fila y de columna en columna, y haz la cuadrícula.
grid-outcome = Lo que sale
grid-all-met = está todo lo que se pidió
grid-size-missed = un tamaño no es el pedido
grid-position-missed = los objetos son correctos, pero no están donde se pidió
grid-shape-missed = los colores son correctos, pero no las formas
grid-color-missed = falta un color, o sobra uno
grid-summary = Cuadrícula. { $made } de { $all } imágenes. Elegida: { $chosen }
export-grid = La cuadrícula (PNG)
export-grid-cell = La imagen elegida (PNG)

## Dos programas de ruido

plot-signal-rate = factor de señal √ᾱ
plot-alpha-cumprod = potencia de señal ᾱ
plot-beta = ruido β de un paso
plot-snr-db = señal a ruido, dB
plot-summary = { $what } a lo largo de t. En t = { $t }: A { $a }, B { $b }. A va de { $a-first } a { $a-last }, B de { $b-first } a { $b-last }.
schedule-picture = { $side }, { $schedule }, en t = { $t }: señal { $signal }, { $db }
point-name = Punto { $number } de { $side }
point-value = t = { $t }, factor de señal { $rate }
make-draggable = Arrastrar { $side }
add-point = Añadir un punto a { $side }
## Entrenamiento

made-now = hecho del mismo ruido
made-pictures = lo que hace
made-points = hechos
real-points = reales
noised-points = con ruido
samples-coming = Aquí estará lo que hace la red: pulsa reproducir y empezará a aprender.
samples-summary = { $count } imágenes hechas tras la actualización { $update }.
prompted-summary = { $count } imágenes para «{ $prompt }».
points-summary = { $made } puntos hechos tras la actualización { $update }, junto a { $real } reales.
update-of = actualización { $update }
updates = actualizaciones
strip-state = Estado tras la actualización { $t }
strip-no-state = Estado tras la actualización { $t }, aún no alcanzado
train-on-from = seguir desde la actualización { $update }
train-on-hint = Olvida lo que aprendió después y sigue desde aquí con los ajustes de ahora
from-scratch = desde cero
from-checkpoint = nuestro modelo
learning-for = aprendiendo: { $seconds } s
learned-for = aprendió { $seconds } s
not-learned-yet = aún no ha aprendido nada
learned-before = como lo entrenamos
loss-by-t = pérdida según t
loss-coming = Aquí se dibujará la pérdida mientras aprende.
bars-coming = Aquí se verá cuánto cuesta cada t.
loss-summary = La pérdida a lo largo de las actualizaciones: { $first } al principio, { $last } tras { $updates } actualizaciones.
bars-summary = La pérdida según t: { $first } con poco ruido, { $last } con el máximo, la mayor en t = { $worst }.
shares = muestras acertadas
shares-coming = Aquí se dibujará cuántas imágenes acierta mientras aprende.
shares-summary = Cuántas imágenes acierta, a lo largo de las actualizaciones.
t-of-guess = t en el que se muestra su suposición
shown-to-it = lo que se le muestra
its-guess = su suposición
the-truth = la verdad
guess-coming = Aquí estará su suposición, junto a la verdad.
guess-summary = { $what } en t = { $t }, tras la actualización { $update }
arrows-summary = Puntos con ruido en t = { $t }, cada uno con una flecha hacia donde la red cree que vino, tras la actualización { $update }
own-points = Tus propios puntos
own-pictures = Tus propias imágenes
own-pad-hint = Dibuja y pasa a la siguiente imagen. Con el teclado: las flechas mueven, Espacio pinta, Mayús y una flecha trazan una línea.
own-points-hint = Haz clic o arrastra, al menos ocho puntos. Con el teclado: las flechas mueven, Espacio pone un punto.
own-points-full = { $count } puntos son todos los que guarda. Borra, o deshaz, para poner otros.
own-pictures-full = { $count } imágenes son todas las que guarda. Haz clic en una para tirarla y dibuja la siguiente.
own-stays = Todo se queda en este ordenador.
own-back = A lo que hace
draw-here = Dibuja aquí
set-points-here = Pon puntos aquí
pad-name = Lienzo para dibujar
pad-summary = { $painted } de 784 píxeles pintados; cursor en la columna { $column }, fila { $row }
plane-name = Plano para poner puntos
plane-summary = { $count } puntos; cursor en x = { $x }, y = { $y }
clear-pad = Borrar
next-drawing = Siguiente imagen
remove-drawing = Tirar la imagen { $number }
open-folder = Abrir una carpeta
open-folder-hint = Cada imagen se reduce a 32 × 32 píxeles; la carpeta queda como está
leave-folder = Dejar fuera la carpeta
folder-pictures = { $count ->
    [one] 1 imagen de { $name }.
   *[other] { $count } imágenes de { $name }.
}
folder-skipped = { $more ->
    [0] No son imágenes y se han omitido: { $names }.
   *[other] No son imágenes y se han omitido: { $names } y { $more } más.
}
folder-too-many = Otras { $count } se han dejado fuera.
train-on-points = { $count ->
    [one] Entrenar con 1 punto
   *[other] Entrenar con { $count } puntos
}
train-on-pictures = { $count ->
    [one] Entrenar con 1 imagen
   *[other] Entrenar con { $count } imágenes
}
drop-pictures-here = Suelta aquí imágenes o una carpeta para entrenar con ellas
no-picture-among-points = Aquí aprende puntos. Elige primero datos de imágenes y suelta luego las tuyas.
setting-data = datos
setting-prediction = predice
setting-lr = tasa de aprendizaje
setting-batch-size = lote
setting-ema = media
setting-knows-time = conoce t
setting-timesteps = sorteo de t
setting-weighting = ponderación
value-data-digits = cifras
value-data-eight-digits = ocho cifras
value-data-scenes = escenas
value-data-rings = anillos
value-data-grid = cuadrícula
value-data-moons = lunas
value-data-swiss-roll = rollo suizo
value-data-drawn-points = tus puntos
value-data-own-pictures = tus imágenes
value-prediction-sample = la imagen
value-prediction-epsilon = el ruido
value-prediction-v = v
value-ema-true = sí
value-ema-false = no
value-knows-time-true = sí
value-knows-time-false = no
value-timesteps-logit-normal = sobre todo en medio
value-timesteps-uniform = todos por igual
value-timesteps-shifted = sobre todo ruido
value-weighting-velocity = según el ruido
value-weighting-none = ninguna
number-update = actualización
number-loss = pérdida
number-lr = tasa de aprendizaje
number-adherence = leídas por el clasificador
number-modes = grupos alcanzados
number-coverage = de los datos cubierto
number-copies = copias
number-readable-at = cuatro de cinco legibles en la actualización
number-covered-at = cubierto en la actualización
number-colour = colores acertados
number-place = colores y lugares
number-shape = colores y formas
number-position = y lugares
number-joint = todo lo pedido
number-colour-at = cuatro de cinco con sus colores en la actualización
number-shape-at = cuatro de cinco con sus formas en la actualización
number-place-at = cuatro de cinco en su lugar en la actualización

## Dos redes en guerra

one-update = Una actualización, despacio:
play-slowly = a cámara lenta
play-slowly-hint = Se detiene un poco en cada estado
hint-substep = despacio
substep-name = Paso { $number }: { $about }
substep-1-name = G hace puntos
substep-2-name = D juzga
substep-3-name = la pérdida de D
substep-4-name = el gradiente de D
substep-5-name = D mueve sus pesos
substep-6-name = G hace puntos
substep-7-name = D juzga
substep-8-name = la pérdida de G
substep-9-name = adónde los enviaría D
substep-10-name = G mueve sus pesos
substep-1 = G hace { $count } puntos de azar nuevo.
substep-2 = D los ve, y otros tantos reales. Cuanto más grande, más real para D.
substep-3 = La pérdida de D: { $value }. Grande es ahora aquello en lo que D se equivocó.
substep-4 = La pendiente de esa pérdida para todos los pesos de D: { $value }. Aún no se mueve nada.
substep-5 = Los pesos de D bajaron un poco. A trazos: por dónde iba antes su ½.
substep-6 = Ahora D está quieto. G hace { $count } puntos de azar nuevo.
substep-7 = D los juzga. Cuanto más grande, más real para D.
substep-8 = La pérdida de G: { $value }. Grande es ahora lo que D descubrió.
substep-9 = Para cada punto, hacia dónde le parecería más real a D.
substep-10 = Los pesos de G se movieron, y con ellos sus puntos: de los pálidos a los llenos.
part-data = reales
part-samples = hechos
part-heat = mapa de D
part-manifold = hoja doblada
part-arrows = flechas
part-hint = Mostrar u ocultar: { $part } ({ $key })
d-says-here = aquí D dice { $says }
d-says-summary = En promedio D dice { $real } de los reales y { $made } de los hechos.
game-patient = el paciente
game-cure = el remedio
game-rival = el segundo juego
beside-plots = Curvas
beside-knobs = Mandos
plot-losses = pérdidas
plot-gradients = longitud de los gradientes
plot-slope = pendiente de D
plot-distance = distancia
plot-modes = grupos alcanzados
plot-coverage = cubierto
plot-confident = leídos con seguridad
plot-classes = cifras dibujadas, de diez
second-plot = Segunda gráfica: { $what }
curves-coming = Aquí se dibujarán curvas mientras las dos aprenden.
line-summary = { $name } fue de { $first } a { $last } en { $x } actualizaciones
real-pictures = reales
made-by-g = hechas por G
scores-summary = D dice: { $scores }.
real-summary = { $count } imágenes reales. D dice: { $scores }.
gradient-brighter = más claro parecería más real
gradient-darker = más oscuro
gradient-summary = Sobre cada imagen, en azul y naranja, qué píxeles querría D más claros y cuáles más oscuros.
setting-loss = pérdida
setting-rival = al lado
setting-scenario = qué sale mal
setting-layers = capas
setting-width = neuronas por capa
setting-latent-dim = números en z
setting-optimizer = optimizador
setting-lr-generator = tasa de G
setting-lr-critic = tasa de D
setting-critic-steps = turnos de D
setting-penalty = castigo λ
setting-clip = pesos hasta
value-data-two-heaps = dos montones
value-data-line = línea
value-loss-minimax = minimax
value-loss-non-saturating = no saturante
value-loss-least-squares = mínimos cuadrados
value-loss-hinge = bisagra
value-loss-wasserstein = Wasserstein, recortada
value-loss-wasserstein-gp = WGAN-GP
value-rival-none = nada
value-rival-minimax = minimax
value-rival-non-saturating = no saturante
value-rival-least-squares = mínimos cuadrados
value-rival-hinge = bisagra
value-rival-wasserstein = Wasserstein, recortada
value-rival-wasserstein-gp = WGAN-GP
value-scenario-none = nada
value-scenario-mode-collapse = colapso de modos
value-scenario-strong-discriminator = D demasiado fuerte
value-scenario-oscillation = oscilación
value-optimizer-adam = Adam
value-optimizer-sgd = SGD
number-loss-critic = pérdida de D
number-loss-generator = pérdida de G
number-real-score = D de los reales
number-made-score = D de los hechos
number-grad-norm-critic = gradiente de D
number-grad-norm-generator = gradiente de G
number-slope = pendiente de D
number-confident = leídos con seguridad
number-classes = cifras dibujadas
number-modes-ever = más grupos a la vez
number-scenario = qué sale mal
number-rival-loss-critic = pérdida de D en el segundo juego
number-rival-loss-generator = pérdida de G en el segundo juego
number-rival-grad-norm-critic = gradiente de D en el segundo juego
number-rival-grad-norm-generator = gradiente de G en el segundo juego
number-rival-slope = pendiente de D en el segundo juego
number-rival-distance = distancia en el segundo juego
number-rival-modes = grupos alcanzados en el segundo juego
number-rival-coverage = cubierto en el segundo juego
number-rival-confident = leídos con seguridad en el segundo juego
number-rival-classes = cifras dibujadas en el segundo juego

## Lo que hace un generador

gallery-coming = Aquí estarán las imágenes en cuanto estén hechas.
step-of = paso { $step }
frame-of = fotograma { $frame }
walk-summary = { $count ->
    [one] 1 imagen hecha por G
   *[other] { $count } imágenes hechas por G
}, en el paso { $step } del paseo.
frames-summary = { $count ->
    [one] 1 clip hecho por G
   *[other] { $count } clips hechos por G
}, fotograma { $step }.
mean-score-summary = Su puntuación: { $score } en promedio.
judged-picture = la imagen
after-steps = { $steps ->
    [one] tras 1 paso cuesta arriba
   *[other] tras { $steps } pasos cuesta arriba
}
judged-summary = { $what }. Su puntuación: { $score }.
what-d-would-change = lo que D cambiaría
its-score = su puntuación entre otras
real-scores = reales
made-scores = hechas
shares-below = Puntúan menos: { $real } % de las reales, { $made } % de las hechas.
scores-compared = Su puntuación: { $score }. { $shares }
score-over-steps = puntuación, paso a paso
draw-one = Dibujar una
own-drawing = Tu propia cifra
own-drawing-hint = Dibuja una cifra. Con el teclado: las flechas mueven, Espacio pinta, Mayús y una flecha trazan una línea.
own-back-to-picture = Al veredicto
let-it-judge = Que D la juzgue
your-drawing = tu dibujo
setting-model = modelo
setting-to-seed = lleva a la semilla
setting-num-steps = pasos
setting-step-size = paso
value-model-gan-digits = GAN, cifras
value-model-wgan-gp-digits = WGAN-GP, cifras
value-model-wgan-gp-emoji = WGAN-GP, emoji
value-model-wgan-gp-moving-digits = WGAN-GP, cifras en movimiento
value-path-arc = por un arco
value-path-straight = recto
number-step = paso
number-score = puntuación
number-length = longitud de z
number-jump = cambio en este paso
number-real-share = de las reales puntúan menos
number-made-share = de las hechas puntúan menos

## Celdas de Rust

cell-name = Celda de Rust { $number }
cell-hint = Cámbiala como quieras. Ctrl+Intro la ejecuta, y lo que muestre aparecerá aquí.
run-cell = Ejecutar
run-cell-name = Ejecutar la celda { $number }
run-cell-hint = Ejecutar (Ctrl+Intro). Mayús+Intro la ejecuta y pasa a la siguiente; Ctrl+espacio sugiere cómo seguir.
run-above = Ejecutar las anteriores
run-above-hint = Ejecuta todas las celdas anteriores a esta, también las de otras páginas
run-through = Ejecutarlas, y después esta
above-not-run = Las celdas anteriores aún no se han ejecutado.
stop-cell = Parar
stop-cell-name = Parar la celda { $number }
stop-cell-hint = Parar (Ctrl+.)
reset-cell = Restablecer
reset-cell-name = Restablecer la celda { $number }
reset-cell-hint = El texto que le dio la lección; deshacer (Ctrl+Z) recupera el tuyo
cell-waiting = en espera
cell-running = en marcha, { $seconds } s
cell-done = lista en { $seconds } s
cell-edited = cambiada desde que se ejecutó
cell-refused = no se compiló
cell-failed = terminó con un error
cell-panicked = entró en pánico
cell-interrupted = parada
cell-died = su proceso terminó
cell-skipped = no se ejecutó
cell-panicked-because = La celda entró en pánico: { $why }. Las variables que había tomado se han perdido.
cell-died-because = El proceso de las celdas terminó: { $why }. Todas las variables se han perdido; el texto de tus celdas, no.
fault-at = Línea { $line }: { $message }
no-suggestions = sin sugerencias
variables-lost = Todas las variables se han perdido. Ejecuta de nuevo las celdas desde el principio.
restart-kernel = Reiniciar
restart-kernel-hint = Olvida todas las variables y empieza de nuevo; el texto de tus celdas se conserva
try-again = Intentar de nuevo
get-rust = Cómo obtener Rust
stop-kernel = Dejar de preparar
kernel-starting = Preparando las celdas: { $seconds } s
kernel-building-host = Preparando las celdas: { $seconds } s. La primera vez tarda varios minutos; la lección sigue mientras tanto.
kernel-building-template = Compilando lo que usan las celdas: { $seconds } s. La primera vez tarda varios minutos; la lección sigue mientras tanto.
kernel-no-toolchain = Las celdas necesitan Rust, y en este ordenador no está. Consíguelo en https://rustup.rs e inténtalo de nuevo; todo lo demás funciona sin él.
kernel-no-sources = Esta copia de Noisebook no trae las fuentes con las que se compilan las celdas. Consigue el archivo con fuentes, o el repositorio, e inténtalo de nuevo; todo lo demás funciona sin ellas.
kernel-set-up = Las celdas aún no pueden ejecutarse: { $why }
kernel-ended = El proceso que ejecuta las celdas ha terminado: { $why }. Todas las variables se han perdido; el texto de tus celdas, no.
output-text = { $lines ->
    [one] 1 línea de salida
   *[other] { $lines } líneas de salida
}: { $text }
output-picture = Una imagen
output-left-out = … { $megabytes } MB más que no se muestran
output-elsewhere = Solo se muestra en Jupyter ({ $what }).
output-broken = Lo que muestra la celda no se puede dibujar: { $why }.
curves-summary = { $title }, según { $x }: { $curves }
recording-axis = { $name } de la grabación

## Cuadernos

run-all = Ejecutar todo
notebook-save = Guardar
notebook-save-hint = Guardar (Ctrl+S)
notebook-save-as = Guardar como …
notebook-changed = sin guardar
notebook-unsaved = Este cuaderno tiene cambios sin guardar.
notebook-save-and-go = Guardarlos
notebook-discard = Descartarlos
notebook-stay = Quedarse aquí
notebook-other-language = Este cuaderno está escrito en { $language }. Aquí se puede leer, cambiar y guardar, y se ejecuta en Jupyter; las celdas de la ventana son de Rust.
notebook-text = Texto { $number }
notebook-text-hint = Texto en Markdown, fórmulas entre signos $
notebook-text-done = Listo
notebook-empty-text = Un texto vacío. Doble clic o Intro para escribir.
notebook-cell-menu = Celda { $number }: más
notebook-edit = Editar este texto
notebook-add-code = Añadir código
notebook-add-text = Añadir texto
notebook-move-up = Subir
notebook-move-down = Bajar
notebook-delete = Borrar

## Números

number-t = t
number-beta = ruido β
number-signal-rate = factor de señal
number-noise-rate = factor de ruido
number-alpha-cumprod = ᾱ
number-snr = señal entre ruido
number-snr-db = en decibelios
number-recognized-at = un ojo ideal la reconoce hasta t
number-equal-rates-at = tanto ruido como señal en t
number-recognized-at-b = un ojo ideal reconoce B hasta t
number-equal-rates-at-b = tanto ruido como señal en B en t
number-halfway-steps = pasos de A entre 10 y −10 dB
number-halfway-steps-b = pasos de B entre 10 y −10 dB
number-terminal-signal-rate = factor de señal al final
number-terminal-signal-rate-b = factor de señal al final de B
number-beta-b = ruido β del paso de B
number-signal-rate-b = factor de señal de B
number-noise-rate-b = factor de ruido de B
number-alpha-cumprod-b = ᾱ de B
number-snr-b = señal entre ruido de B
number-snr-db-b = B en decibelios
number-brightness-spread = desviación del brillo de las imágenes hechas
number-real-spread = desviación del brillo de las imágenes reales
number-settled-at = decidido desde t
number-sampler = muestreador
number-steps = pasos
number-network-calls = preguntas a la red
number-seconds = segundos
number-read-as-label = leídos como su etiqueta
number-distance = distancia
number-calls-to-90-percent = preguntas hasta que se lee el 90 %
number-calls-to-arrive = preguntas hasta que llega
number-fault = fallo
rates-along = a lo largo de t
rates-plot = los factores
rates-summary = En t = { $t } el factor de señal es { $signal } y el de ruido { $noise }.
histogram = valores de los píxeles ahora, en porcentaje; −1 es negro, 1 es blanco
histogram-summary = El { $black } por ciento de los valores está cerca del negro y el { $white } por ciento cerca del blanco.

## Preguntas

commit = Confirmar
commit-at = Confirmar en t = { $t }
your-prediction = Tu predicción
move-up = Subir: { $item }
you-said = Dijiste: { $answer }
you-said-at = Dijiste en t = { $t }: { $answer }
it-is = Es: { $answer }
measured = Medido aquí: { $what } = { $value }
run-to-the-end = Déjalo llegar al final para ver el resultado.
move-the-slider = Mueve el deslizador hasta tu respuesta.
question-of = Pregunta { $number } de { $questions }
question-before = Anterior
question-after = Pregunta siguiente
show-task = Algo que hacer: { $rung }
show-solution = Mostrar la solución
hide-task = Plegar

## Cuando algo va mal

no-thread = Los experimentos no han conseguido un hilo para funcionar: { $why }.
profile-newer = Tu progreso se guardó con un Noisebook más nuevo. Se conserva en { $path }, y este empieza de cero.
profile-broken = No se ha podido leer tu progreso. Se conserva en { $path }, y empieza uno nuevo.
profile-not-written = No se ha podido guardar tu progreso: { $why }. Haz sitio o revisa la carpeta; las lecciones funcionan igual.

## Preguntas que piden más que un clic

export-apng = Película con todos sus colores (APNG)
exhibits-coming = Las imágenes se están preparando.
by-person = de una persona
by-machine = de una máquina
picture-of = imagen { $number } de { $pictures }
timeline-exhibit = imagen { $number }
first-picture = Primera imagen
picture-before = Imagen anterior
picture-after = Imagen siguiente
last-picture = Última imagen
draw-name = Dibuja { $y } a lo largo de { $x }
draw-hint = Arrastra de izquierda a derecha o usa las flechas.
nothing-drawn = aún no hay nada dibujado
you-drew = Dibujaste: { $curve }.
curve-summary = de { $first } en { $from } a { $last } en { $to }
measured-curve = Medido: { $curve }.
your-curve = la tuya
the-measured-curve = la medida
largest-difference = Mayor diferencia: { $difference } en { $at }.
undo-stroke = Deshacer el trazo
sorted-of = { $sorted } de { $pictures } clasificadas
sorted-right = Acertaste { $right } de { $pictures }.
coin-as-well = Una moneda lo hace igual de bien o mejor en { $tries } de 100 intentos.
coin-hardly-ever = Una moneda lo hace igual de bien o mejor en menos de 1 de 100 intentos.
said-bin = dijiste { $bin }
it-was = era { $bin }
sorted-cell = Dijiste { $said } y era { $was }: { $count }.
sorted-mark = Imagen { $number }: { $bin }. { $verdict }
you-were-right = Acertaste.
you-were-wrong = No acertaste.
round-of = Ronda { $number } de { $rounds }
round-right = Es: { $answer }. Lo supiste en t = { $t }.
round-wrong = Es: { $truth }. En t = { $t } dijiste: { $answer }.
ideal-eye = Un ojo ideal lo sabe hasta t = { $t }.
next-round = Siguiente ronda
start-over = Empezar de nuevo
thresholds = Dónde reconociste las imágenes, en promedio:
your-t = en t
your-db = en dB
none-right = –
threshold = { $schedule }: { $right } de { $rounds } aciertos, en t = { $t }, { $db } dB.
keep-words = Guardar
change-words = Cambiar
quoted = «{ $words }»
task-label = Tarea · { $rung }
rung-view = mira
rung-answer = responde
rung-change = cambia
rung-construct = crea
rung-present = muéstralo
rung-fault = encuentra el fallo
answers-profile = perfil
answers-number = número
answers-lesson = lección
answers-page = página
answers-question = pregunta
answers-answer = respuesta
answers-t = t
answers-right = correcta
answers-outcome = resultado
answers-yes = sí
answers-no = no
answers-not-saved = No se pudo escribir { $path }: { $why }. Elige otro sitio o haz espacio.
save-answers = Guardar las respuestas (CSV)

## Buscar, presentar, quién está aquí

search = Buscar
search-hint = Lecciones, palabras, ajustes
search-nothing = Aquí nada se llama así. Prueba con otra palabra.
language = Idioma
pupil = Aprende aquí: { $name }
pupil-alone = Yo
new-pupil = Añadir a alguien
new-pupil-hint = Nombre de quien llega
more = Más
undo = Deshacer (Ctrl+Z)
redo = Rehacer (Ctrl+Mayús+Z)
reset-lesson = Empezar esta lección de nuevo (F8)
lesson-reset = La lección está como nueva. Deshacer (Ctrl+Z) recupera tus respuestas.
face-prose = Texto
face-stage = Escenario
present = Presentar
present-hint = Para un proyector: el escenario en grande, preguntas para la clase, notas en otra ventana
key-question = pregunta
key-reveal = mostrar
key-view = vista
key-black = negro
key-notes = notas
key-leave = salir
answer-on-paper = Primero decide cada cual en papel.
reveal = Mostrar
votes-for = { $number }. { $choice }: { $count ->
    [one] 1 mano
   *[other] { $count } manos
}
more-hands = Una mano más para { $choice }
fewer-hands = Una mano menos para { $choice }
black-screen = La pantalla está a oscuras. Pulsa B o haz clic para seguir.
notes-title = Notas para quien enseña
notes-place = página { $page } de { $pages } · minuto { $minutes }
notes-next = Después: { $title }
