//! The pictures on the cards.

use crate::examples::Picture;
use yew::prelude::*;

fn node(x: i32, y: i32) -> Html {
    html! { <rect class="ill-node" x={x.to_string()} y={y.to_string()} width="44" height="34" rx="4" /> }
}

fn pod(class: &'static str, x: i32, y: i32) -> Html {
    html! { <circle {class} cx={x.to_string()} cy={y.to_string()} r="7" /> }
}

fn fence(x: i32) -> Html {
    (0..4).map(|i| html! { <path class="ill-fence" d={format!("M{x} {}l6-6", 40 + 7 * i)} /> }).collect()
}

/// The drawing of a picture.
pub fn drawing(picture: Picture) -> Html {
    let inner = match picture {
        Picture::EveryNode => html! {
            <>
                { for [22, 74, 126, 178].into_iter().map(|x| html! { <>
                    { node(x, 48) }{ pod("ill-r1", x + 22, 65) }
                </> }) }
                <path class="ill-line" d="M126 22V32M44 48V40Q44 32 52 32H192Q200 32 200 40V48M96 48V40Q96 32 104 32M148 48V40Q148 32 140 32" />
                <rect class="ill-node" x="108" y="8" width="36" height="14" rx="3" />
                <circle class="ill-r1" cx="126" cy="15" r="3.5" />
            </>
        },
        Picture::Mistake => html! {
            <>
                <rect class="ill-node" x="52" y="16" width="140" height="68" rx="4" />
                <path class="ill-line" d="M64 32h44M74 46h60M74 60h30M112 60h24M64 74h52" />
                <path class="ill-out" d="M74 66l4 -3l4 3l4 -3l4 3l4 -3l4 3l4 -3" />
            </>
        },
        Picture::Fences => html! {
            <>
                { node(22, 34) }{ pod("ill-r1", 44, 51) }
                { node(82, 34) }{ fence(82) }{ pod("ill-r1", 106, 51) }
                { node(142, 34) }{ fence(142) }{ pod("ill-ghost", 166, 51) }
                { node(202, 34) }{ pod("ill-r1", 224, 51) }
                <path class="ill-line" d="M98 24l4 4l8-9M146 20l12 10M158 20l-12 10" />
            </>
        },
        Picture::Leaving => html! {
            <>
                { node(40, 34) }{ pod("ill-r1", 62, 51) }
                { node(110, 34) }{ fence(110) }{ pod("ill-ghost", 134, 51) }
                <path class="ill-line" d="M146 51h36M176 46l6 5l-6 5" />
                { pod("ill-wait", 198, 51) }
            </>
        },
        Picture::NoRoom => html! {
            <>
                <rect class="ill-node" x="92" y="28" width="136" height="44" rx="4" />
                <rect class="ill-other" x="98" y="36" width="34" height="28" rx="3" />
                <rect class="ill-other" x="136" y="36" width="40" height="28" rx="3" />
                <rect class="ill-out" x="180" y="36" width="42" height="28" rx="3" />
                <path class="ill-out" d="M195 44l12 12M207 44l-12 12" />
                <rect class="ill-wait" x="18" y="36" width="42" height="28" rx="3" />
                <path class="ill-line" d="M64 50h18M78 45l6 5l-6 5" />
            </>
        },
        Picture::Ranking => html! {
            <>
                { for [(22, 30), (82, 52), (142, 22), (202, 40)].into_iter().map(|(x, height)| html! {
                    <rect class={if height == 52 { "ill-bar ill-bar--best" } else { "ill-bar" }} x={(x + 12).to_string()} y={(84 - height).to_string()} width="20" height={height.to_string()} rx="2" />
                }) }
                <path class="ill-line" d="M22 84H234" />
                { pod("ill-r1", 104, 18) }
            </>
        },
        Picture::Rolling => html! {
            <>
                { for [(22, "ill-r2"), (74, "ill-r2"), (126, "ill-wait"), (178, "ill-r1")].into_iter().map(|(x, class)| html! { <>
                    { node(x, 40) }{ pod(class, x + 22, 57) }
                </> }) }
                <path class="ill-line" d="M44 28H196M190 23l6 5l-6 5" />
            </>
        },
        Picture::Surge => html! {
            <>
                { node(22, 40) }{ pod("ill-r2", 44, 57) }
                <rect class="ill-node" x="80" y="40" width="64" height="34" rx="4" />
                { pod("ill-r1", 98, 57) }{ pod("ill-wait", 124, 57) }
                { node(158, 40) }{ pod("ill-r1", 180, 57) }
                <path class="ill-line" d="M44 28H176M170 23l6 5l-6 5" />
            </>
        },
        Picture::Reach => html! {
            <>
                { for [22, 102, 182].into_iter().map(|x| html! { <>{ node(x, 34) }{ pod("ill-r1", x + 30, 51) }</> }) }
                <path class="ill-line" d="M36 51V84H84V51H120M114 46l6 5l-6 5M36 84H164V51H176" />
            </>
        },
        Picture::Own => html! {
            <>
                <rect class="ill-ghost" x="52" y="16" width="140" height="68" rx="4" />
                <path class="ill-line" d="M64 32h44M74 46h60M74 60h40M64 74h52" />
            </>
        },
    };
    let view_box = if picture == Picture::Fences { "10 0 248 100" } else { "-2 0 248 100" };
    html! { <svg viewBox={view_box} aria-hidden="true">{ inner }</svg> }
}
